/**
 * Questions to an ONVIF device. A user is proven by WS-UsernameToken, which all devices know; to one that answers with a challenge of HTTP Digest,
 * from then on by that.
 */
import { randomBytes } from 'node:crypto';
import type { Element } from '@xmldom/xmldom';
import type { Credentials } from '../source.ts';
import { answerChallenge, type Challenge, parseChallenge } from './digest.ts';
import { loginFailed } from './faults.ts';
import { post, type Reply } from './post.ts';
import { find, readEnvelope, textOf, writeEnvelope, writeUsernameToken } from './soap.ts';

export const deviceNamespace = 'http://www.onvif.org/ver10/device/wsdl';

export interface Question {
  /** Of the service, with its query; begins with a slash. */
  readonly path: string;
  readonly namespace: string;
  readonly operation: string;
  /** XML, in the namespace. */
  readonly inner?: string;
  /** Asked without a user: the device must answer it to everybody. */
  readonly isOpen?: boolean;
}

export type Answer =
  | { readonly kind: 'answer'; readonly body: Element }
  /** `reason`: the device's words, shortened. */
  | { readonly kind: 'fault'; readonly reason: string }
  | { readonly kind: 'foreign'; readonly status: number };

export interface Device {
  /** @throws AppError CAMERA_LOGIN_FAILED; Error of the network */
  ask(question: Question): Promise<Answer>;
  /** The device's clock is so far ahead, ms. Tokens carry its time. */
  setShift(shiftMs: number): void;
}

/** Scheme, host and port of `address` hold for all questions, whatever the device says of itself. */
export function createDevice(address: URL, credentials: Credentials | undefined, signal: AbortSignal): Device {
  let shiftMs = 0;
  let challenge: Challenge | undefined;
  let count = 0;

  function send({ path, namespace, operation, inner = '', isOpen = false }: Question): Promise<Reply> {
    const proof = isOpen ? undefined : credentials;
    const token = proof === undefined || challenge !== undefined ? '' : writeUsernameToken(proof, Date.now() + shiftMs);
    const headers: Record<string, string> = { 'content-type': `application/soap+xml; charset=utf-8; action="${namespace}/${operation}"` };
    if (proof !== undefined && challenge !== undefined) {
      count += 1;
      const clientNonce = randomBytes(12).toString('hex');
      headers.authorization = answerChallenge(challenge, proof, { method: 'POST', path, count, clientNonce });
    }
    const body = writeEnvelope(`<${operation} xmlns="${namespace}">${inner}</${operation}>`, token);
    return post(new URL(address.origin + path), headers, body, signal);
  }

  return {
    setShift(ms) {
      shiftMs = ms;
    },
    async ask(question) {
      const isOpen = question.isOpen ?? false;
      const first = await send(question);
      const asked = first.status === 401 && credentials !== undefined && !isOpen ? parseChallenge(first.challenges) : undefined;
      if (asked === undefined) return judge(first, isOpen);
      [challenge, count] = [asked, 0];
      return judge(await send(question), isOpen);
    },
  };
}

function judge({ status, text }: Reply, isOpen: boolean): Answer {
  const body = status === 401 || status === 403 ? undefined : readEnvelope(text);
  const fault = find(body, 'Fault');
  const reason = fault === undefined ? '' : reasonOf(fault);
  const isRefused = status === 401 || status === 403 || /not ?authorized|failed ?authentication|unauthorized/i.test(reason);
  if (isRefused && !isOpen) throw loginFailed();
  if (fault !== undefined) return { kind: 'fault', reason };
  return body === undefined ? { kind: 'foreign', status } : { kind: 'answer', body };
}

const maxReasonLetters = 200;

/** Of SOAP 1.2, or 1.1. */
function reasonOf(fault: Element): string {
  const codes = textOf(fault, 'Code') || textOf(fault, 'faultcode');
  const words = textOf(fault, 'Reason') || textOf(fault, 'faultstring');
  return `${words} (${codes})`.replaceAll(/\s+/g, ' ').slice(0, maxReasonLetters);
}
