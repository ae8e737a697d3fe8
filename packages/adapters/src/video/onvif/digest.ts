/** HTTP Digest (RFC 7616) as cameras use it: MD5 or SHA-256, with qop "auth" or, as RFC 2069 had it, without. */
import { createHash } from 'node:crypto';
import type { Credentials } from '../source.ts';

export interface Challenge {
  readonly algorithm: 'md5' | 'sha256';
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly hasQop: boolean;
}

/** `headers`: all WWW-Authenticate of an answer. The strongest challenge that is understood; undefined: there is none. */
export function parseChallenge(headers: readonly string[]): Challenge | undefined {
  const challenges = headers.flatMap((header) => header.split(/,?\s*(?=\b(?:Digest|Basic)\s)/i)).flatMap(parseOne);
  return challenges.find(({ algorithm }) => algorithm === 'sha256') ?? challenges[0];
}

function parseOne(text: string): readonly Challenge[] {
  if (!/^Digest\s/i.test(text)) return [];
  const fields = new Map<string, string>();
  for (const [, name = '', quoted, plain] of text.matchAll(/(\w+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))/g)) {
    fields.set(name.toLowerCase(), quoted ?? plain ?? '');
  }
  const algorithm = algorithms[(fields.get('algorithm') ?? 'MD5').toUpperCase()];
  const nonce = fields.get('nonce');
  const qops = fields.get('qop')?.split(/\s*,\s*/);
  if (algorithm === undefined || nonce === undefined || qops?.includes('auth') === false) return [];
  return [{ algorithm, realm: fields.get('realm') ?? '', nonce, opaque: fields.get('opaque'), hasQop: qops !== undefined }];
}

const algorithms: Readonly<Record<string, Challenge['algorithm']>> = { MD5: 'md5', 'SHA-256': 'sha256' };

export interface Request {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** How often this nonce has been answered, this time included. */
  readonly count: number;
  readonly clientNonce: string;
}

/** The header Authorization. */
export function answerChallenge(challenge: Challenge, { username, password }: Credentials, request: Request): string {
  const { algorithm, realm, nonce, opaque, hasQop } = challenge;
  const hash = (...parts: readonly string[]): string => createHash(algorithm).update(parts.join(':')).digest('hex');
  const [count, { clientNonce, path }] = [request.count.toString(16).padStart(8, '0'), request];
  const qop = hasQop ? [count, clientNonce, 'auth'] : [];
  const response = hash(hash(username, realm, password), nonce, ...qop, hash(request.method, path));
  const fields = [
    `username="${inHeader(username)}"`,
    `realm="${inHeader(realm)}"`,
    `nonce="${nonce}"`,
    `uri="${path}"`,
    `response="${response}"`,
    `algorithm=${algorithm === 'md5' ? 'MD5' : 'SHA-256'}`,
    ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
    ...(hasQop ? ['qop=auth', `nc=${count}`, `cnonce="${clientNonce}"`] : []),
  ];
  return `Digest ${fields.join(', ')}`;
}

/** UTF-8, which Node takes for a header only byte by byte. */
function inHeader(text: string): string {
  return Buffer.from(text.replace(/["\\]/g, '\\$&')).toString('latin1');
}
