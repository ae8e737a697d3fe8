/** The servers that an installation of several machines stands on, as this machine reaches them with the settings of the backend. */
import { randomUUID } from 'node:crypto';
import { openKafkaBus } from '@imageflow/adapters/bus';
import { openMigrations } from '@imageflow/adapters/database';
import { openObjects } from '@imageflow/adapters/objects';
import { AppError, type LocalizedText, type ObjectStore } from '@imageflow/core';
import { pino } from 'pino';
import type { CliConfig } from '../config.ts';
import { type Finding, fault, fine, hint, same } from './finding.ts';

/** Nobody waits longer for one of them. */
const patienceMs = 15_000;

/** Nothing for what is embedded: that is seen in the data folder and through the server. */
export async function checkDependencies({ databaseUrl, objectsUrl, busUrl }: CliConfig): Promise<readonly Finding[]> {
  const checks: Promise<readonly Finding[]>[] = [];
  if (databaseUrl !== undefined && !databaseUrl.startsWith('pglite:')) checks.push(checkDatabase(databaseUrl));
  if (objectsUrl !== undefined && !objectsUrl.startsWith('folder:')) checks.push(checkObjects(objectsUrl));
  if (busUrl !== undefined && busUrl !== 'embedded') checks.push(checkBus(busUrl));
  return (await Promise.all(checks)).flat();
}

function checkDatabase(url: string): Promise<readonly Finding[]> {
  const name = `PostgreSQL ${place(url)}`;
  const advice: LocalizedText = {
    ja: 'IMAGEFLOW_DATABASE_URL、サーバーの起動、この端末からの接続許可（pg_hba.conf、ファイアウォール）を確かめてください',
    en: 'Check IMAGEFLOW_DATABASE_URL, that the server runs, and that it lets this machine in (pg_hba.conf, firewall)',
  };
  return trying(name, advice, async () => {
    const migrations = await openMigrations(url);
    try {
      const { applied, pending } = await migrations.read();
      if (pending.length === 0) return fine(`${name}: 表 ${applied.length} 版`, `${name}: tables of version ${applied.length}`);
      const what = { ja: `${name}: 未適用の表 ${pending.length} 件`, en: `${name}: ${pending.length} changes of the tables are pending` };
      return hint(what, same('imageflow migrate'));
    } finally {
      await migrations.close();
    }
  });
}

function checkObjects(url: string): Promise<readonly Finding[]> {
  const name = `S3 ${place(url)}`;
  const advice: LocalizedText = {
    ja: 'IMAGEFLOW_OBJECTS_URL のバケットとエンドポイント、認証情報、読み書きと削除の許可を確かめてください',
    en: 'Check the bucket and endpoint in IMAGEFLOW_OBJECTS_URL, the credentials, and their right to read, write and delete',
  };
  return trying(name, advice, async () => {
    const objects = await openObjects(url);
    try {
      await writeAndRead(objects);
      return fine(`${name}: 読み書きできます`, `${name}: can be read and written`);
    } finally {
      await objects.close();
    }
  });
}

/** Being reachable is not being allowed to write. */
async function writeAndRead(objects: ObjectStore): Promise<void> {
  const key = `doctor/${randomUUID()}`;
  const written = Buffer.from(key);
  await objects.put(key, written, { contentType: 'text/plain', maxBytes: written.length, durable: false });
  try {
    const read = await objects.read(key, written.length);
    if (!written.equals(read)) throw new AppError('STORE_UNAVAILABLE', { cause: new Error('other bytes came back') });
  } finally {
    await objects.delete(key);
  }
}

function checkBus(url: string): Promise<readonly Finding[]> {
  const name = `Kafka ${place(url)}`;
  const advice: LocalizedText = {
    ja: 'IMAGEFLOW_BUS_URL、ブローカーの起動、advertised.listeners にこの端末から届くことを確かめてください。その間も直接実行は続きます',
    en: 'Check IMAGEFLOW_BUS_URL, that the brokers run, and that this machine reaches their advertised.listeners. Direct execution goes on meanwhile',
  };
  return trying(name, advice, async () => {
    const bus = await openKafkaBus(url, { clock: systemClock, logger: pino({ level: 'silent' }) });
    try {
      await bus.check();
      return fine(`${name}: 応答があります`, `${name}: answers`);
    } finally {
      await bus.close();
    }
  });
}

const systemClock = {
  now: () => Date.now(),
  after(delayMs: number, fire: () => void) {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};

async function trying(name: string, advice: LocalizedText, look: () => Promise<Finding>): Promise<readonly Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new AppError('SERVICE_UNAVAILABLE')), patienceMs);
  });
  try {
    return [await Promise.race([look(), tooLate])];
  } catch (error) {
    const why = error instanceof AppError ? error.detail : same(error instanceof Error ? error.message : String(error));
    return [fault({ ja: `${name}: ${why.ja}`, en: `${name}: ${why.en}` }, advice)];
  } finally {
    clearTimeout(timer);
  }
}

/** Without the password. */
function place(url: string): string {
  const { host, pathname } = URL.parse(url) ?? {};
  return host === undefined ? '' : `${host}${pathname === '/' ? '' : (pathname ?? '')}`;
}
