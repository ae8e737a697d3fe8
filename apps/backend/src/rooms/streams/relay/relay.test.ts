/** Two backends' ends of a relay over real gRPC, with a stream whose frames the test makes. */
import { once } from 'node:events';
import { createServer, type Server as TcpServer } from 'node:net';
import { credentials, Metadata, Server, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js';
import { AppError } from '@imageflow/core';
import { loadServices, type WatchStreamResponse__Output } from '@imageflow/grpc';
import { afterEach, expect, test, vi } from 'vitest';
import { createLogger } from '../../../runtime/logging.ts';
import { createFigures } from '../live/figures.ts';
import type { LiveAnswer } from '../live/stream.ts';
import type { RunnerStatus, Watched, Watcher } from '../watched.ts';
import { addStreamRelay } from './relay.rpc.ts';
import type { Whereabouts } from './relay.ts';
import { createRelays } from './relays.ts';

const id = '01890a5d-ac96-774b-bcce-b302099a8057';
const key = 'the-key-of-the-relay';
const logger = createLogger('silent');
const closes: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close();
});

/** A stream as a runner has it. */
function openStream() {
  const watchers = new Set<Watcher>();
  let now: RunnerStatus = { state: 'running', since: 1, error: null, nextTryAt: null, reconnects: 2, figures: createFigures(0).read(0) };
  const stream: Watched = {
    row: { id, pipeline_id: 'live' },
    status: () => now,
    watch(watcher) {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
  };
  return {
    stream,
    watchers,
    answer: (answer: LiveAnswer) => watchers.forEach((watcher) => void watcher.onAnswer?.(answer)),
    plain: (frame: Uint8Array) => watchers.forEach((watcher) => void watcher.onPlain?.(frame)),
    enter(state: RunnerStatus['state']) {
      now = { ...now, state };
      for (const watcher of watchers) watcher.onStatus?.(now);
    },
  };
}

function answerOf(frameId: number, bytes: Buffer, made = Buffer.alloc(0)): LiveAnswer {
  return {
    frame: { id: frameId, timestampMs: 1_700_000_000_000, bytes, arrivedAt: performance.now() },
    answer: {
      frame_id: frameId,
      detections: [],
      processing_stats: { pipeline_version: '3' },
      attributes_json: '',
      processed_data: made,
      content_type: made.length > 0 ? 'image/jpeg' : '',
      frame_width: 640,
      frame_height: 360,
      timestamp_ms: 0,
      processing_time_ms: 1,
      measures: { level: 0.5 },
      areas: [],
      error: null,
    },
    settings: { pipelineId: 'live', parameters: { a: 1 }, output: 'image', sourceId: 'line' },
    waitMs: 1.5,
    totalMs: 20,
  };
}

/** Answers its address. */
async function serve(stream: Watched | undefined, stop = new AbortController()): Promise<string> {
  const server = new Server();
  const serviceKey = { text: key, isKey: (text: string) => text === key };
  addStreamRelay(server, { find: (wanted) => (wanted === id ? stream : undefined), serviceKey, logger, signal: stop.signal });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  closes.push(() => server.forceShutdown());
  return `127.0.0.1:${port}`;
}

function openRelays(look: () => Partial<Whereabouts> | undefined, serviceKey = key) {
  const relays = createRelays({
    look: async () => {
      const found = look();
      return found && { pipelineId: 'live', near: undefined, address: undefined, ...found };
    },
    serviceKey,
    logger,
  });
  closes.push(relays.close);
  return relays;
}

function collect(stream: Watched) {
  const seen = { answers: [] as LiveAnswer[], plain: [] as Uint8Array[], states: [] as string[], errors: [] as string[] };
  const stop = stream.watch({
    onAnswer: (answer) => seen.answers.push(answer),
    onPlain: (frame) => seen.plain.push(frame),
    onStatus({ state, error }) {
      if (seen.states.at(-1) !== state) seen.states.push(state);
      if (error !== null) seen.errors.push(error.message.en);
    },
  });
  return Object.assign(seen, { stop });
}

const soon = { timeout: 10_000, interval: 20 };

test('results, plain frames and states come over as they are; two who watch share one call', async () => {
  const source = openStream();
  const address = await serve(source.stream);
  const relays = openRelays(() => ({ address }));
  const [one, two] = await Promise.all([relays.open(id), relays.open(id)]);
  expect(source.watchers.size).toBe(1);
  expect(one.status()).toEqual(source.stream.status());
  const seen = [collect(one), collect(two)];
  source.answer(answerOf(7, Buffer.from('of the source')));
  await vi.waitFor(() => expect(seen.map(({ answers }) => answers.length)).toEqual([1, 1]), soon);
  const { frame, answer, settings, waitMs, totalMs } = seen[0]?.answers[0] ?? answerOf(0, Buffer.alloc(0));
  expect([frame.id, frame.timestampMs, Buffer.from(frame.bytes).toString()]).toEqual([7, 1_700_000_000_000, 'of the source']);
  expect([settings.pipelineId, settings.sourceId, waitMs, totalMs]).toEqual(['live', 'line', 1.5, 20]);
  expect(answer).toMatchObject({ processing_stats: { pipeline_version: '3' }, measures: { level: 0.5 }, frame_width: 640 });
  source.answer(answerOf(8, Buffer.from('not needed'), Buffer.from('made')));
  source.plain(Buffer.from('plain'));
  await vi.waitFor(() => expect(seen[1]?.plain).toHaveLength(1), soon);
  source.enter('waiting');
  await vi.waitFor(() => expect(seen[1]?.states.at(-1)).toBe('waiting'), soon);
});

test('a stream that moves is followed, also to this backend; one that is to stop is told as stopped', async () => {
  const [first, second, near] = [openStream(), openStream(), openStream()];
  let found: Partial<Whereabouts> | undefined = { address: await serve(first.stream) };
  const watched = await openRelays(() => found).open(id);
  const seen = collect(watched);
  found = { address: await serve(second.stream) };
  first.enter('stopped');
  await vi.waitFor(() => expect(second.watchers.size).toBe(1), soon);
  second.answer(answerOf(2, Buffer.from('second')));
  await vi.waitFor(() => expect(seen.answers.map(({ frame }) => frame.id)).toEqual([2]), soon);
  found = { near: near.stream };
  second.enter('stopped');
  await vi.waitFor(() => expect(near.watchers.size).toBe(1), soon);
  near.answer(answerOf(3, Buffer.from('third')));
  expect(seen.answers.map(({ frame }) => frame.id)).toEqual([2, 3]);
  found = undefined;
  near.enter('stopped');
  await vi.waitFor(() => expect(seen.states.at(-1)).toBe('stopped'), soon);
  expect(seen.states).toEqual(['connecting', 'running', 'connecting', 'running', 'connecting', 'stopped']);
  expect(near.watchers.size).toBe(0);
});

test('a backend that is gone is named, and found again when it is back', async () => {
  const [first, second] = [openStream(), openStream()];
  const stop = new AbortController();
  let address = await serve(first.stream, stop);
  const seen = collect(await openRelays(() => ({ address })).open(id));
  address = '127.0.0.1:1';
  stop.abort();
  await vi.waitFor(() => expect(seen.errors.join()).toContain('127.0.0.1:1'), soon);
  expect(seen.states.at(-1)).toBe('waiting');
  address = await serve(second.stream);
  await vi.waitFor(() => expect(seen.states.at(-1)).toBe('running'), soon);
});

const refusals: readonly [string, (address: string) => Partial<Whereabouts>, string, RegExp][] = [
  ['nobody is there', () => ({ address: '127.0.0.1:1' }), key, /127\.0\.0\.1:1\) cannot be reached.*IMAGEFLOW_GRPC_ADVERTISE/],
  ['the keys differ', (address) => ({ address }), 'another-key', /IMAGEFLOW_SERVICE_KEY/],
  ['nobody runs it', () => ({}), key, /No backend runs this stream/],
];
test.each(refusals)('it cannot be opened when %s: the reason is said', async (_what, place, ownKey, reason) => {
  const address = await serve(openStream().stream);
  const error = await openRelays(() => place(address), ownKey)
    .open(id)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ status: 503, detail: { en: expect.stringMatching(reason) } });
});

test('it does not run there: the address is said', async () => {
  const address = await serve(undefined);
  await expect(openRelays(() => ({ address })).open(id)).rejects.toMatchObject({ detail: { en: expect.stringContaining(address) } });
});

/** Takes connections and says nothing. */
async function openMute(): Promise<TcpServer> {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closes.push(() => void server.close());
  return server;
}

test('a backend that is silent does not hold up who asks', async () => {
  const place = (await openMute()).address();
  const address = typeof place === 'object' ? `127.0.0.1:${place?.port}` : '';
  await expect(openRelays(() => ({ address })).open(id)).rejects.toMatchObject({ status: 503 });
});

test('a caller that is slow gets the newest only, and what waits for it does not grow', async () => {
  const source = openStream();
  const client = new (loadServices().StreamRelayService)(await serve(source.stream), credentials.createInsecure());
  closes.push(() => client.close());
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${key}`);
  const call = client.WatchStream({ stream_id: id }, metadata);
  call.on('error', () => undefined);
  closes.push(() => call.cancel());
  await once(call, 'readable');
  const frame = Buffer.alloc(1_000_000, 7);
  const sent = 200;
  for (let index = 1; index <= sent; index += 1) {
    source.answer(answerOf(index, frame));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const ids: number[] = [];
  call.on('data', (message: WatchStreamResponse__Output) => {
    if (message.result) ids.push(message.result.frame_id);
  });
  await vi.waitFor(() => expect(ids.at(-1)).toBe(sent), soon);
  expect(ids.length).toBeLessThan(sent / 2);
  expect(ids).toEqual(ids.toSorted((one, other) => one - other));
});

test('without the key nothing is answered', async () => {
  const client = new (loadServices().StreamRelayService)(await serve(openStream().stream), credentials.createInsecure());
  closes.push(() => client.close());
  const call = client.WatchStream({ stream_id: id }, new Metadata());
  call.resume();
  const [error] = (await once(call, 'error')) as [ServiceError];
  expect(error.code).toBe(status.UNAUTHENTICATED);
});
