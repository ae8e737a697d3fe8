/** Several backends on one PostgreSQL: each stream is run by one of them, is watched at any of them, and moves when that one dies or stops. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isWithout } from '../../scripts/servers/index.ts';
import { openPair, type Pair } from './pair.ts';
import { poll } from './rest.ts';
import { ffmpegsOf, makeVideo } from './videos.ts';

const source = { kind: 'file', path: 'line.mp4', loop: true };
/** The lease of 15 s, and a machine that has other work. */
const takeoverMs = 60_000;

describe.skipIf(isWithout('postgres', 'camera'))('several backends', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair();
    await mkdir(pair.videos, { recursive: true });
    await makeVideo(join(pair.videos, 'line.mp4'), 2);
  }, 300_000);
  afterAll(() => pair?.close());

  const readers = async (): Promise<readonly number[]> => Promise.all(pair.backends.map(async ({ pid }) => (await ffmpegsOf(pid)).length));

  test('one of them runs a stream; it is watched, changed and stopped at the other', async () => {
    const [one, two] = pair.seats;
    const id = await pair.add(one, 'shared', source);
    const here = await pair.until(one, id, ({ state }) => state === 'running');
    expect((await pair.until(two, id, ({ state }) => state === 'running')).runner_id).toBe(here.runner_id);
    expect(await readers()).toEqual([1, 0]);

    const viewers = [await pair.watch(two, id), await pair.watch(two, id)];
    for (const viewer of viewers) {
      expect(await viewer.next('snapshot')).toMatchObject({ state: 'running', stream_id: id, pipeline_id: 'live-small' });
      const shown = await viewer.next('processed_frame');
      expect(shown).toMatchObject({ source_id: 'shared', content_type: 'image/jpeg', pipeline_version: 1 });
      expect(shown.image?.readUInt16BE(0)).toBe(0xffd8);
      await viewer.next('stream_stats', ({ fps_out }) => fps_out > 5);
    }
    expect(await previewOf(two.address, id)).toMatch(/^--frame\r\nContent-Type: image\/jpeg\r\nContent-Length: \d{3,}\r\n/);

    expect((await two.ask(`/streams/${id}/stop`, { method: 'POST' })).status).toBe(200);
    for (const viewer of viewers) expect(await viewer.closed()).toEqual({ code: 1000, reason: 'STOPPED' });
    await poll(readers, ([first, second]) => first === 0 && second === 0);
    const refused = await two.ask(`/streams/${id}/preview`);
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([409, expect.stringContaining('CONFLICT')]);
  }, 120_000);

  async function previewOf(address: string, id: string): Promise<string> {
    const { body } = await pair.seats[0].ask('/ws-tickets', { method: 'POST' });
    const { ticket } = body as { readonly ticket: string };
    const answer = await fetch(`${address}/api/v1/streams/${id}/preview?ticket=${ticket}`, { signal: AbortSignal.timeout(20_000) });
    const reader = answer.body?.getReader();
    const first = Buffer.from((await reader?.read())?.value ?? []).toString('latin1');
    await reader?.cancel();
    return first;
  }

  test('kill -9 of the one that runs it: another one takes over within the lease, and who watched there goes on watching', async () => {
    const [one, two] = pair.seats;
    const id = await pair.add(one, 'orphan', source);
    const { runner_id } = await pair.until(one, id, ({ state }) => state === 'running');
    const viewer = await pair.watch(two, id);
    await viewer.next('processed_frame');
    await pair.backends[0].kill({ stays: 'dead' });
    const killedAt = Date.now();
    const taken = await pair.until(two, id, (status) => status.runner_id !== runner_id && status.state === 'running', takeoverMs);
    expect(Date.now() - killedAt).toBeLessThan(takeoverMs);
    expect(taken.runner_id).not.toBeNull();
    expect(await readers()).toEqual([0, 1]);
    await viewer.next('stream_state', ({ state }) => state === 'running');
    const shown = viewer.received.length;
    await poll(
      async () => viewer.received.slice(shown).filter(({ type }) => type === 'processed_frame').length,
      (count) => count > 5,
    );
    pair.backends[0].start();
    await pair.backends[0].ready();
    expect((await pair.until(one, id, ({ state }) => state === 'running')).runner_id).toBe(taken.runner_id);
    await two.ask(`/streams/${id}`, { method: 'DELETE' });
  }, 180_000);

  test('one that is stopped hands its streams over at once', async () => {
    const [one, two] = pair.seats;
    const id = await pair.add(one, 'handed over', source);
    const { runner_id } = await pair.until(one, id, ({ state }) => state === 'running');
    const viewer = await pair.watch(two, id);
    await viewer.next('processed_frame');
    await pair.backends[0].stop();
    const stoppedAt = Date.now();
    const taken = await pair.until(two, id, (status) => status.runner_id !== runner_id && status.state === 'running');
    // Not only after the lease.
    expect(Date.now() - stoppedAt).toBeLessThan(12_000);
    expect(taken.runner_id).not.toBeNull();
    const shown = viewer.received.length;
    await poll(
      async () => viewer.received.slice(shown).some(({ type }) => type === 'processed_frame'),
      (isShown) => isShown,
    );
    await two.ask(`/streams/${id}`, { method: 'DELETE' });
    await poll(readers, ([, second]) => second === 0);
  }, 120_000);
});
