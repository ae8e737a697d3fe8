/** Streams over REST, as a client with the rights of an engineer. */
import type { ArchivedFrame, StreamStatus } from '@imageflow/contract';
import { expect, onTestFinished } from 'vitest';
import type { StreamLab } from './lab.ts';

const waitMs = 20_000;
const everyMs = 100;

export function openRest(lab: () => StreamLab) {
  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object) => {
    const answer = await lab().backend.app.inject({
      method,
      url: `/api/v1/streams${path}`,
      headers: { ...lab().headers, 'accept-language': 'en' },
      ...(payload && { payload }),
    });
    return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() };
  };
  return {
    call,
    /** A new stream, deleted when the test has ended. Answers its id. */
    async add(name: string, source: object, more: object = {}): Promise<string> {
      const { status, body } = await call('POST', '', { name, source, pipeline_id: 'live-small', ...more });
      expect(status, JSON.stringify(body)).toBe(201);
      onTestFinished(async () => void (await call('DELETE', `/${body.id}`)));
      return body.id;
    },
    /** The status when it is so, within `limitMs`. */
    until: (id: string, isReached: (status: StreamStatus) => boolean, limitMs = waitMs) =>
      poll(async () => (await call('GET', `/${id}/status`)).body, isReached, limitMs),
    /** What is archived, newest first, when it is so. */
    archived: (id: string, isReached: (items: readonly ArchivedFrame[]) => boolean, limitMs = waitMs) =>
      poll<readonly ArchivedFrame[]>(async () => (await call('GET', `/${id}/archive?limit=100`)).body.items, isReached, limitMs),
  };
}

export async function poll<T>(read: () => Promise<T>, isReached: (value: T) => boolean, limitMs = waitMs): Promise<T> {
  for (const until = Date.now() + limitMs; ; ) {
    const value = await read();
    if (isReached(value)) return value;
    if (Date.now() > until) throw new Error(`not reached: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
