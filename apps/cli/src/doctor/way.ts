/** The way to the server: its certificate, when there is one, and its clock. */
import { connect, type PeerCertificate } from 'node:tls';
import { type Finding, fault, fine, hint } from './finding.ts';

const patienceMs = 5_000;
const renewDays = 14;
const dayMs = 24 * 3600_000;
/** Times of results are the server's and the cameras'; sign-ins end by the clock. */
const [noticeableMs, wrongMs] = [5_000, 60_000];

export async function checkWay(server: string): Promise<readonly Finding[]> {
  const { protocol } = new URL(server);
  return (await Promise.all([protocol === 'https:' ? checkCertificate(server) : [], checkClock(server)])).flat();
}

interface Presented {
  readonly certificate: PeerCertificate;
  /** Undefined: this machine trusts it. */
  readonly objection: string | undefined;
}

async function checkCertificate(server: string): Promise<readonly Finding[]> {
  const { hostname, port } = new URL(server);
  // A server that is silent is another finding.
  const presented = await present(hostname, Number(port || 443)).catch(() => undefined);
  return presented === undefined ? [] : [judge(presented, Date.now())];
}

function present(host: string, port: number): Promise<Presented> {
  return new Promise((resolve, reject) => {
    const name = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
    // What is wrong with it is what is asked for; nothing is sent.
    const socket = connect({ host: host.replaceAll(/[[\]]/g, ''), port, ...name, rejectUnauthorized: false, timeout: patienceMs });
    socket.once('secureConnect', () => {
      const objection = socket.authorized ? undefined : String(socket.authorizationError);
      resolve({ certificate: socket.getPeerCertificate(), objection });
      socket.destroy();
    });
    socket.once('timeout', () => socket.destroy(new Error('silent')));
    socket.once('error', reject);
  });
}

/** @param now epoch ms */
export function judge({ certificate, objection }: Presented, now: number): Finding {
  const until = Date.parse(certificate.valid_to);
  const days = Math.floor((until - now) / dayMs);
  const what = {
    ja: `ゲートウェイの証明書: ${certificate.subject?.CN ?? '–'}、残り ${days} 日`,
    en: `Certificate of the gateway: ${certificate.subject?.CN ?? '–'}, ${days} days left`,
  };
  if (until <= now) return fault(what, { ja: '期限切れです。更新してください', en: 'It has expired. Renew it' });
  if (objection !== undefined) {
    return fault(
      { ja: `${what.ja}（${objection}）`, en: `${what.en} (${objection})` },
      {
        ja: '発行者の証明書を NODE_EXTRA_CA_CERTS で指定するか、名前の合う証明書に替えてください',
        en: "Name its issuer's certificate in NODE_EXTRA_CA_CERTS, or use one that has the server's name",
      },
    );
  }
  // Whoever renews them by itself does so in the last third; one of hours is fine with hours left.
  const lifeDays = (until - Date.parse(certificate.valid_from)) / dayMs;
  if (until - now >= Math.min(renewDays, lifeDays / 4) * dayMs) return fine(what.ja, what.en);
  return hint(what, { ja: '早めに更新してください', en: 'Renew it soon' });
}

async function checkClock(server: string): Promise<readonly Finding[]> {
  const answer = await fetch(`${server}/livez`, { signal: AbortSignal.timeout(patienceMs) }).catch(() => undefined);
  const told = Date.parse(answer?.headers.get('date') ?? '');
  await answer?.body?.cancel();
  return Number.isNaN(told) ? [] : [judgeClock(told - Date.now())];
}

/** The server tells full seconds. */
export function judgeClock(aheadMs: number): Finding {
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  if (Math.abs(aheadMs) < noticeableMs) return fine('サーバーの時計は合っています', "The server's clock agrees");
  const what = { ja: `サーバーの時計が ${seconds} 秒ずれています`, en: `The server's clock differs by ${seconds} s` };
  const advice = { ja: '両方で NTP（chrony など）を使ってください', en: 'Use NTP (chrony for instance) on both machines' };
  return Math.abs(aheadMs) < wrongMs ? hint(what, advice) : fault(what, advice);
}
