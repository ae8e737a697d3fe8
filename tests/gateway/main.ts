/**
 * `npm run test:gateway -- --minutes 60 [--kind envoy|caddy]`: whether connections live as long as they should. Through each gateway at the same time:
 * streams and sockets that say nothing for all of that time and then must still work, and others that are always busy.
 */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { parseArgs } from 'node:util';
import { authRoutes, executionRoutes } from '@imageflow/api';
import { createClient, followExecution } from '@imageflow/api/client';
import sharp from 'sharp';
import { formOf, readSample } from '../e2e/images.ts';
import { adminPassword } from '../e2e/platform.ts';
import { bearer, listServices, openCalls, openVideo, type VideoStream } from './calls.ts';
import { authorityOf, type Gateway, type GatewayKind, startGateway } from './gateways.ts';
import { openGatewayPlatform } from './platform.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, kind: { type: 'string' } } });
const durationMs = Number(values.minutes) * 60_000;
const kinds = (['envoy', 'caddy'] as const).filter((kind) => values.kind === undefined || values.kind === kind);
const framesPerSecond = 2;

interface Outcome {
  readonly what: string;
  readonly result: string;
}

async function main(): Promise<void> {
  if (!(durationMs > 0) || kinds.length === 0) throw new Error('Usage: --minutes <number> [--kind envoy|caddy]');
  const behind = await openGatewayPlatform();
  try {
    const outcomes = await Promise.all(kinds.map((kind) => endure(kind, behind)));
    for (const { what, result } of outcomes.flat()) console.log(`${what}: ${result}`);
    process.exitCode = outcomes.flat().every(({ result }) => result.startsWith('ok')) ? 0 : 1;
  } finally {
    await behind.close();
  }
}

async function endure(kind: GatewayKind, behind: Awaited<ReturnType<typeof openGatewayPlatform>>): Promise<readonly Outcome[]> {
  const gateway = await startGateway(kind, behind.targets);
  setDefaultCACertificates([...getCACertificates('default'), authorityOf(gateway)]);
  try {
    const trials = {
      'silent gRPC stream': silentStream,
      'silent WebSocket': silentSocket,
      'busy video stream': busyVideo,
      'busy REST and WebSocket': busyRest,
    };
    return await Promise.all(
      Object.entries(trials).map(async ([name, run]) => {
        const result = await run(gateway).then(
          (text) => `ok, ${text}`,
          (error: unknown) => `FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
        return { what: `${kind}, ${name}, ${values.minutes} min`, result };
      }),
    );
  } finally {
    await gateway.remove();
  }
}

async function signIn(gateway: Gateway) {
  const client = createClient({ baseUrl: gateway.address, language: 'en' });
  await client.login('admin', adminPassword);
  return client;
}

async function tokenOf(gateway: Gateway): Promise<string> {
  const client = createClient({ baseUrl: gateway.address, language: 'en' });
  return (await client.call(authRoutes.login, { body: { username: 'admin', password: adminPassword } })).access_token;
}

/** Bidirectional: one question at the beginning, one at the end. */
async function silentStream(gateway: Gateway): Promise<string> {
  const calls = openCalls(gateway);
  const stream = calls.reflect(bearer(await tokenOf(gateway)));
  try {
    for (const wait of [durationMs, 0]) {
      stream.write(listServices);
      await answerOf(stream);
      await pause(wait);
    }
    return 'answers after the silence';
  } finally {
    stream.cancel();
    stream.on('error', () => undefined);
    calls.close();
  }
}

async function answerOf(stream: ReturnType<ReturnType<typeof openCalls>['reflect']>): Promise<void> {
  const limit = AbortSignal.timeout(10_000);
  await once(stream, 'data', { signal: limit });
}

/** Of the system's status, where nothing happens: only the pings of the protocol pass. */
async function silentSocket(gateway: Gateway): Promise<string> {
  const client = await signIn(gateway);
  const { ticket } = await client.call(authRoutes.createTicket, {});
  const socket = new WebSocket(`wss://${gateway.authority}/ws/system-status?ticket=${ticket}`);
  let messages = 0;
  socket.addEventListener('message', () => {
    messages += 1;
  });
  const closed = new Promise<never>((_resolve, reject) => {
    socket.addEventListener('close', ({ code }) => reject(new Error(`closed with ${code} after ${messages} messages`)));
  });
  await Promise.race([closed, pause(durationMs)]);
  if (messages === 0) throw new Error('no snapshot came');
  return `still open, ${messages} messages`;
}

async function busyVideo(gateway: Gateway): Promise<string> {
  const calls = openCalls(gateway);
  const jpeg = await sharp(await readSample('photos/chelsea.png'))
    .jpeg()
    .toBuffer();
  const video = openVideo(calls, bearer(await tokenOf(gateway)));
  try {
    const { frames, longest } = await play(video, jpeg);
    await video.end();
    return `${frames} frames answered, the longest took ${Math.round(longest)} ms`;
  } finally {
    calls.close();
  }
}

async function play(video: VideoStream, jpeg: Buffer): Promise<{ frames: number; longest: number }> {
  const until = performance.now() + durationMs;
  let [frames, longest] = [0, 0];
  while (performance.now() < until) {
    const startedAt = performance.now();
    const metadata = { pipeline_id: 'coco-detection', output: 'none' };
    const answer = await video.answer({ frame_data: jpeg, frame_id: frames + 1, metadata });
    // A frame that is too late on a busy machine is answered as such.
    if (answer.error !== null && answer.error.code !== 'STEP_TIMEOUT') throw new Error(`frame ${frames + 1}: ${answer.error.code}`);
    frames += 1;
    longest = Math.max(longest, performance.now() - startedAt);
    await pause(1000 / framesPerSecond);
  }
  return { frames, longest };
}

/** An execution every two seconds, each followed to its end. */
async function busyRest(gateway: Gateway): Promise<string> {
  const client = await signIn(gateway);
  const image = await readSample('defects/4000_0001.png');
  const until = performance.now() + durationMs;
  let done = 0;
  while (performance.now() < until) {
    const form = formOf({ pipeline_id: 'quality-inspection-v1' }, [['plate.png', image]]);
    const { execution_id } = await client.call(executionRoutes.createExecution, { form });
    let last = '';
    for await (const { type } of followExecution(client, execution_id)) last = type;
    if (last !== 'completed') throw new Error(`execution ${execution_id} ended with "${last}"`);
    done += 1;
    await pause(2000);
  }
  return `${done} executions completed`;
}

await main();
