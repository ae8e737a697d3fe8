/** Finds ONVIF cameras by WS-Discovery: a question to a multicast group, which cameras answer to the one who asked. */
import { randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { Element } from '@xmldom/xmldom';
import { findAll, readEnvelope, textOf, writeEnvelope } from './soap.ts';

export interface FoundCamera {
  /** Of its device service. */
  readonly address: string;
  /** What it says of itself; "": nothing. */
  readonly name: string;
  readonly model: string;
  readonly location: string;
}

const group = { address: '239.255.255.250', port: 3702 };
const waitMs = 3_000;
/** UDP gets lost: the question is asked twice. */
const secondMs = 500;
const maxAnswers = 512;

/** On all IPv4 networks of this machine, within 3 s, ordered by address. Never rejects. */
export async function discoverCameras(): Promise<readonly FoundCamera[]> {
  const id = `uuid:${randomUUID()}`;
  const found = new Map<string, FoundCamera>();
  let answers = 0;
  const onAnswer = (text: string, from: string): void => {
    answers += 1;
    if (answers > maxAnswers || !text.includes(id)) return;
    for (const camera of readMatches(text, from)) found.set(camera.address, camera);
  };
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const sockets = addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => ask(address, writeProbe(id), onAnswer));
  await new Promise((resolve) => setTimeout(resolve, waitMs));
  for (const socket of sockets) socket.close();
  return [...found.values()].sort((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }));
}

/** A network that cannot be asked is left out. */
function ask(address: string, question: string, onAnswer: (text: string, from: string) => void): { close(): void } {
  const socket: Socket = createSocket('udp4');
  let second: NodeJS.Timeout | undefined;
  const send = (): void => socket.send(question, group.port, group.address, () => undefined);
  socket.on('error', () => clearTimeout(second));
  socket.on('message', (bytes, { address: from }) => onAnswer(bytes.toString(), from));
  socket.bind({ port: 0, address }, () => {
    try {
      socket.setMulticastInterface(address);
    } catch {
      return;
    }
    send();
    second = setTimeout(send, secondMs);
  });
  return {
    close() {
      clearTimeout(second);
      socket.close();
    },
  };
}

const discovery = 'http://schemas.xmlsoap.org/ws/2005/04/discovery';
const addressing = 'http://schemas.xmlsoap.org/ws/2004/08/addressing';

function writeProbe(id: string): string {
  const head = [
    `<Action xmlns="${addressing}">${discovery}/Probe</Action>`,
    `<MessageID xmlns="${addressing}">${id}</MessageID>`,
    `<To xmlns="${addressing}">urn:schemas-xmlsoap-org:ws:2005:04:discovery</To>`,
  ];
  const types = '<Types xmlns:dn="http://www.onvif.org/ver10/network/wsdl">dn:NetworkVideoTransmitter</Types>';
  return writeEnvelope(`<Probe xmlns="${discovery}">${types}</Probe>`, head.join(''));
}

/** `from`: who sent it. Of several addresses of a camera that one is best. */
function readMatches(text: string, from: string): readonly FoundCamera[] {
  const body = readEnvelope(text);
  if (body === undefined) return [];
  return findAll(body, 'ProbeMatch').flatMap((match) => {
    const urls = words(match, 'XAddrs').flatMap((word) => URL.parse(word) ?? []);
    const usable = urls.filter(({ protocol }) => protocol === 'http:' || protocol === 'https:');
    const url = usable.find(({ hostname }) => hostname === from) ?? usable[0];
    const scope = scopeOf(words(match, 'Scopes'));
    return url === undefined ? [] : [{ address: url.href, name: scope('name'), model: scope('hardware'), location: scope('location') }];
  });
}

function words(within: Element, name: string): readonly string[] {
  return textOf(within, name).split(/\s+/);
}

const maxScopeLetters = 100;

/** E.g. onvif://www.onvif.org/name/Dock%201 */
function scopeOf(scopes: readonly string[]): (kind: string) => string {
  return (kind) => {
    const start = `onvif://www.onvif.org/${kind}/`;
    const found = scopes.find((scope) => scope.startsWith(start))?.slice(start.length) ?? '';
    try {
      return decodeURIComponent(found).slice(0, maxScopeLetters);
    } catch {
      return found.slice(0, maxScopeLetters);
    }
  };
}
