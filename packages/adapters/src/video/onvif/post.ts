/** One HTTP exchange with a camera. */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Reply {
  readonly status: number;
  readonly challenges: readonly string[];
  readonly text: string;
}

/** A profile has about 4 KB, and a recorder one or two for each of its cameras. */
const maxAnswerBytes = 512 * 1024;

/** Redirects are not followed. @throws Error of the network, of a foreign protocol, of an answer too large, or the signal's reason */
export function post(url: URL, headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = open(url, { method: 'POST', headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) }, signal });
    sent.once('error', reject);
    sent.once('response', (answer) => void read(answer).then(resolve, reject));
    sent.end(body);
  });
}

interface Options {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Cameras sign their own certificates; ffmpeg does not check them for RTSPS either. The password is not sent in the clear. */
function open(url: URL, options: Options): ClientRequest {
  const common = { ...options, agent: false as const };
  return url.protocol === 'https:' ? httpsRequest(url, { ...common, rejectUnauthorized: false }) : httpRequest(url, common);
}

async function read(answer: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxAnswerBytes) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  const challenges = answer.headersDistinct['www-authenticate'] ?? [];
  return { status: answer.statusCode ?? 0, challenges, text: Buffer.concat(chunks).toString() };
}
