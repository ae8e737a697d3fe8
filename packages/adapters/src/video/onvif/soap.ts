/** SOAP 1.2 envelopes: questions are written, answers are read. */
import { createHash, randomBytes } from 'node:crypto';
import { DOMParser, type Element } from '@xmldom/xmldom';
import type { Credentials } from '../source.ts';

const envelopeNamespace = 'http://www.w3.org/2003/05/soap-envelope';

/** Both XML. */
export function writeEnvelope(body: string, head: string): string {
  return `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${envelopeNamespace}"><s:Header>${head}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
}

const wss = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';

/** WS-Security UsernameToken with a digest: the password itself is not sent. `now`: of the camera's clock, ms. */
export function writeUsernameToken({ username, password }: Credentials, now: number): string {
  const [nonce, created] = [randomBytes(16), new Date(now).toISOString()];
  const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64');
  return (
    `<Security s:mustUnderstand="1" xmlns="${wss}-wssecurity-secext-1.0.xsd"><UsernameToken><Username>${escapeXml(username)}</Username>` +
    `<Password Type="${wss}-username-token-profile-1.0#PasswordDigest">${digest}</Password>` +
    `<Nonce EncodingType="${wss}-soap-message-security-1.0#Base64Binary">${nonce.toString('base64')}</Nonce>` +
    `<Created xmlns="${wss}-wssecurity-utility-1.0.xsd">${created}</Created></UsernameToken></Security>`
  );
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Elements below each other, each with a prefix of its own, take quadratic time: 0.8 s for 5,000, 12 s for 30,000. Cameras use some hundred. */
const maxPrefixes = 2_000;

/** Its Body; undefined when it is no SOAP. */
export function readEnvelope(text: string): Element | undefined {
  // SOAP has no document type, HTML has.
  if (/<!DOCTYPE/i.test(text) || text.split('xmlns').length > maxPrefixes) return undefined;
  try {
    const root = new DOMParser({ onError: throwAll }).parseFromString(text.trim(), 'text/xml').documentElement;
    return root?.localName === 'Envelope' ? find(root, 'Body') : undefined;
  } catch {
    return undefined;
  }
}

function throwAll(level: string): void {
  if (level !== 'warning') throw new Error(level);
}

/** The first of this local name at any depth: cameras are careless of namespaces. */
export function find(within: Element | undefined, name: string): Element | undefined {
  return within?.getElementsByTagNameNS('*', name)[0];
}

export function findAll(within: Element, name: string): readonly Element[] {
  return [...within.getElementsByTagNameNS('*', name)];
}

/** Text of the first of this local name; "" when there is none. */
export function textOf(within: Element | undefined, name: string): string {
  return find(within, name)?.textContent?.trim() ?? '';
}
