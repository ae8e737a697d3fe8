/** The sign-in of this browser. Tokens are in cookies that scripts cannot read, so all tabs share one sign-in and images need nothing more. */

import { type Client, createClient } from '@imageflow/client';
import { authRoutes } from '@imageflow/contract';
import { preferredLanguage } from './texts/useTexts.tsx';

/** Refresh tokens are good once: one tab at a time, and a tab that waited finds the cookies new. */
const lockName = 'imageflow.session';
const renewedKey = 'imageflow.renewed-at';
const freshMs = 10_000;
const waitMs = 15_000;

const announcements = new BroadcastChannel('imageflow.session');

/** A client in the language that the reader has now. */
export function api(): Client {
  return createClient({ baseUrl: location.origin, language: preferredLanguage(), renew });
}

export async function signIn(username: string, password: string): Promise<void> {
  await api().call(authRoutes.startPageSession, { body: { username, password } });
}

/** Other tabs leave with this one. */
export async function signOut(): Promise<void> {
  await api().call(authRoutes.endPageSession, {});
  announcements.postMessage('ended');
}

export function onSignedOut(act: () => void): () => void {
  announcements.addEventListener('message', act);
  return () => announcements.removeEventListener('message', act);
}

async function renew(): Promise<boolean> {
  const askedAt = Date.now();
  // Pages over plain HTTP have no Web Locks.
  if (navigator.locks === undefined) return exchange(askedAt);
  return navigator.locks.request(lockName, { signal: AbortSignal.timeout(waitMs) }, () => exchange(askedAt));
}

async function exchange(askedAt: number): Promise<boolean> {
  if (Number(localStorage.getItem(renewedKey)) > askedAt - freshMs) return true;
  const { method, path } = authRoutes.refreshPageSession;
  const answer = await fetch(`/api/v1${path}`, { method, signal: AbortSignal.timeout(waitMs) });
  if (answer.ok) localStorage.setItem(renewedKey, String(Date.now()));
  return answer.ok;
}
