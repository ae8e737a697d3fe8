/** What has to live on a gateway's one TLS port: connections that say nothing for all of the time and then must still work, and busy ones. */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient, followExecution } from '@imageflow/client';
import { authRoutes, type CameraServerMessage, executionRoutes, pipelineRoutes } from '@imageflow/contract';
import sharp from 'sharp';
import { formOf, readSample } from '../e2e/images.ts';
import { adminPassword } from '../e2e/platform.ts';
import { bearer, listServices, openCalls, openVideo } from './calls.ts';
import type { Gateway } from './gateways.ts';

/** Answers what it saw; rejects when a connection did not last. */
export type Trial = (gateway: Gateway, durationMs: number) => Promise<string>;

const pipelineId = 'coco-detection';
const answerLimitMs = 30_000;
/** Between two frames, or two executions: load for hours, on a machine that has other work. */
const frameMs = 1_000;
const executionMs = 2_000;

export const trials: Readonly<Record<string, Trial>> = {
  'silent gRPC camera stream': silentVideo,
  'silent gRPC reflection stream': silentReflection,
  'silent WebSocket': silentSocket,
  'silent REST sign-in': silentRest,
  'busy gRPC camera stream': busyVideo,
  'busy WebSocket camera stream': busySocket,
  'busy REST and WebSockets': busyRest,
};

async function signIn({ address }: Gateway) {
  const client = createClient({ baseUrl: address, language: 'en', timeoutMs: answerLimitMs });
  await client.login('admin', adminPassword);
  return client;
}

async function tokenOf({ address }: Gateway): Promise<string> {
  const client = createClient({ baseUrl: address, language: 'en' });
  return (await client.call(authRoutes.login, { body: { username: 'admin', password: adminPassword } })).access_token;
}

async function makeFrame(): Promise<Buffer> {
  return sharp(await readSample('photos/chelsea.png'))
    .jpeg()
    .toBuffer();
}

/** Not a byte of a frame between the first and the last. */
async function silentVideo(gateway: Gateway, durationMs: number): Promise<string> {
  const video = await openFrames(gateway);
  try {
    await video.show();
    await pause(durationMs);
    await video.show();
    return 'a frame before, a frame after';
  } finally {
    await video.close();
  }
}

async function busyVideo(gateway: Gateway, durationMs: number): Promise<string> {
  const video = await openFrames(gateway);
  try {
    return describe(await repeat(durationMs, frameMs, video.show), 'frames on one stream');
  } finally {
    await video.close();
  }
}

async function openFrames(gateway: Gateway) {
  const calls = openCalls(gateway);
  const jpeg = await makeFrame();
  const video = openVideo(calls, bearer(await tokenOf(gateway)));
  let id = 0;
  return {
    async show() {
      id += 1;
      const frame = { frame_data: jpeg, frame_id: id, metadata: { pipeline_id: pipelineId, output: 'none' } };
      const { frame_id, error } = await withLimit(video.answer(frame), `frame ${id}`);
      return check(frame_id, error, id);
    },
    async close() {
      await withLimit(video.end(), 'the end of the stream').catch(() => undefined);
      calls.close();
    },
  };
}

/** What a frame is answered with when a busy machine is too late for it: counted, since it says nothing about the connection. */
const lateCodes: readonly (string | undefined)[] = ['STEP_TIMEOUT', 'SERVICE_UNAVAILABLE'];

/** Whether it was done in time. */
function check(frameId: string | number, error: { readonly code?: string } | null | undefined, id: number): boolean {
  if (Number(frameId) !== id) throw new Error(`frame ${id} was answered as ${frameId}`);
  if (error && !lateCodes.includes(error.code)) throw new Error(`frame ${id}: ${error.code}`);
  return !error;
}

async function silentReflection(gateway: Gateway, durationMs: number): Promise<string> {
  const calls = openCalls(gateway);
  const stream = calls.reflect(bearer(await tokenOf(gateway)));
  try {
    for (const wait of [durationMs, 0]) {
      stream.write(listServices);
      await once(stream, 'data', { signal: AbortSignal.timeout(answerLimitMs) });
      await pause(wait);
    }
    return 'a question before, a question after';
  } finally {
    stream.on('error', () => undefined);
    stream.cancel();
    calls.close();
  }
}

/** A stopped camera says nothing: only the pings of the protocol pass. */
async function silentSocket(gateway: Gateway, durationMs: number): Promise<string> {
  const socket = await openSocket(gateway);
  try {
    await socket.show();
    socket.send({ type: 'stop' });
    const before = await socket.quiet();
    await socket.during(pause(durationMs));
    const said = socket.count() - before;
    if (said > 0) throw new Error(`${said} messages in what should be silence`);
    socket.send({ type: 'start', pipeline_id: pipelineId, output: 'none' });
    await socket.show();
    return 'a frame before, a frame after';
  } finally {
    socket.close();
  }
}

async function busySocket(gateway: Gateway, durationMs: number): Promise<string> {
  const socket = await openSocket(gateway);
  try {
    return describe(await repeat(durationMs, frameMs, socket.show), 'frames on one socket');
  } finally {
    socket.close();
  }
}

interface FrameAnswer {
  readonly frame_id: number;
  readonly error?: { readonly code?: string } | null | undefined;
}

async function openSocket(gateway: Gateway) {
  const { ticket } = await (await signIn(gateway)).call(authRoutes.createTicket, {});
  const frame_data = (await makeFrame()).toString('base64');
  const socket = new WebSocket(`wss://${gateway.authority}/ws/camera-stream?ticket=${ticket}`);
  const { promise: closed, reject } = Promise.withResolvers<never>();
  closed.catch(() => undefined);
  let [messages, id] = [0, 0];
  const waiting = new Map<number, (answer: FrameAnswer) => void>();
  socket.addEventListener('close', ({ code }) => reject(new Error(`closed with ${code} after ${messages} messages`)));
  socket.addEventListener('message', ({ data }) => {
    messages += 1;
    const message = JSON.parse(String(data)) as CameraServerMessage;
    if (message.type === 'processed_frame') waiting.get(message.frame_id)?.(message);
    if (message.type !== 'error') return;
    if (!lateCodes.includes(message.error.code)) reject(new Error(JSON.stringify(message.error)));
    for (const [frame_id, answer] of waiting) answer({ frame_id, error: message.error });
  });
  const during = <T>(work: Promise<T>): Promise<T> => Promise.race([work, closed]);
  await during(once(socket, 'open', { signal: AbortSignal.timeout(answerLimitMs) }));
  const send = (message: object): void => socket.send(JSON.stringify(message));
  return {
    send,
    during,
    count: () => messages,
    async show() {
      id += 1;
      const answered = new Promise<FrameAnswer>((resolve) => waiting.set(id, resolve));
      send({ type: 'video_frame', frame_data, frame_id: id, pipeline_id: pipelineId, output: 'none' });
      const { frame_id, error } = await withLimit(during(answered), `frame ${id}`);
      waiting.delete(id);
      return check(frame_id, error, id);
    },
    /** Its number of messages, once no more come. */
    async quiet() {
      for (let before = -1; before !== messages; await during(pause(3_000))) before = messages;
      return messages;
    },
    close: () => socket.close(),
  };
}

/** Longer than an access token lives: the sign-in is renewed by the first request after the silence. */
async function silentRest(gateway: Gateway, durationMs: number): Promise<string> {
  const client = await signIn(gateway);
  const list = () => client.call(pipelineRoutes.listPipelines, { query: { limit: 1 } });
  await list();
  await pause(durationMs);
  await list();
  return 'a request before, a request after';
}

/** One execution after the other, each followed to its end. */
async function busyRest(gateway: Gateway, durationMs: number): Promise<string> {
  const client = await signIn(gateway);
  const image = await readSample('defects/4000_0001.png');
  const figures = await repeat(durationMs, executionMs, async () => {
    const form = formOf({ pipeline_id: 'quality-inspection-v1' }, [['plate.png', image]]);
    const { execution_id } = await client.call(executionRoutes.createExecution, { form });
    let last = '';
    for await (const { type } of followExecution(client, execution_id)) last = type;
    if (last !== 'completed') throw new Error(`execution ${execution_id} ended with "${last}"`);
    return true;
  });
  return describe(figures, 'executions');
}

interface Repeated {
  readonly count: number;
  readonly late: number;
  readonly longestMs: number;
}

/** `work` answers whether it was in time. */
async function repeat(durationMs: number, restMs: number, work: () => Promise<boolean>): Promise<Repeated> {
  const until = performance.now() + durationMs;
  let [count, late, longestMs] = [0, 0, 0];
  while (performance.now() < until) {
    const startedAt = performance.now();
    if (!(await work())) late += 1;
    count += 1;
    longestMs = Math.max(longestMs, performance.now() - startedAt);
    await pause(restMs);
  }
  return { count, late, longestMs };
}

function describe({ count, late, longestMs }: Repeated, what: string): string {
  return `${count} ${what}, ${late} of them too late, the longest took ${Math.round(longestMs)} ms`;
}

async function withLimit<T>(work: Promise<T>, what: string): Promise<T> {
  const timer = new AbortController();
  const late = pause(answerLimitMs, undefined, { signal: timer.signal }).then(() => Promise.reject(new Error(`${what}: no answer`)));
  late.catch(() => undefined);
  return Promise.race([work, late]).finally(() => timer.abort());
}
