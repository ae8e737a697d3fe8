/** How long an event of an execution takes to a client on its WebSocket: at the backend that runs it and, through Kafka, at another one. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { type Seat, startCluster } from '../cluster.ts';
import { percentile, summarise } from '../figures.ts';
import { makeScratchFolder, makeSurface1080 } from '../inputs.ts';
import { inspectionPipeline } from '../inspection.ts';
import { prefixed } from '../load/report.ts';
import { readInput, startPlatform } from '../platform.ts';
import type { Scenario } from '../scenario.ts';

const limits = { near: 5, far: 20 };
const endLimitMs = 60_000;

export const scenario: Scenario = {
  number: 8,
  name: 'events of an execution to WebSocket clients; on real servers also to one on another backend',
  goal: `p50 < ${limits.near} ms; through Kafka < ${limits.far} ms`,
  variants: ['real'],
  async run({ isQuick, variants }) {
    const folder = await makeScratchFolder();
    const { seats, close } = variants.has('real') ? await startTwo() : await startOne(join(folder, 'data'));
    try {
      const { bytes, name } = await readInput(await makeSurface1080(folder));
      await seats[0].client.definePipeline(inspectionPipeline);
      const count = isQuick ? 5 : 300;
      for (let at = 0; at < Math.ceil(count / 10); at++) await watchOne(seats, bytes, name);
      const delays: number[][] = seats.map(() => []);
      for (let at = 0; at < count; at++) {
        for (const [seat, times] of (await watchOne(seats, bytes, name)).entries()) delays[seat]?.push(...times);
      }
      return judge(delays);
    } finally {
      await close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

interface Place {
  /** Executions begin, and so run, at the first. */
  readonly seats: readonly [Seat, ...Seat[]];
  close(): Promise<void>;
}

async function startOne(dataDir: string): Promise<Place> {
  const platform = await startPlatform(dataDir);
  return { seats: [{ address: platform.address, client: await platform.login() }], close: () => platform.stop() };
}

const startTwo = (): Promise<Place> => startCluster({ backends: 2, services: ['resize', 'ai-detection', 'filter'] });

/** Answers the delays of the events that came after all were listening, for each seat, ms. */
async function watchOne(seats: Place['seats'], image: Uint8Array, filename: string): Promise<readonly (readonly number[])[]> {
  const [{ address, client }] = seats;
  const form = new FormData();
  form.set('pipeline_id', inspectionPipeline.pipeline_id);
  form.set('input_files', new Blob([new Uint8Array(image)]), filename);
  const answer = await fetch(`${address}/api/v1/executions`, {
    method: 'POST',
    headers: { authorization: client.authorization },
    body: form,
  });
  if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
  const { execution_id } = (await answer.json()) as { readonly execution_id: string };
  return Promise.all(seats.map((seat) => listen(seat, execution_id)));
}

/** The clock is one: clients and backends are on this machine. Stamps are of whole milliseconds, rounded down. */
function listen({ address, client }: Seat, executionId: string): Promise<readonly number[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly number[]>();
  const socket = new WebSocket(`${address.replace('http', 'ws')}/ws/execution/${executionId}`, {
    headers: { authorization: client.authorization },
    perMessageDeflate: false,
  });
  const timer = setTimeout(() => reject(new Error(`${executionId} has not ended at ${address}`)), endLimitMs);
  const delays: number[] = [];
  socket.on('message', (bytes: Buffer) => {
    const now = performance.timeOrigin + performance.now();
    const { type, timestamp } = JSON.parse(bytes.toString()) as { readonly type: string; readonly timestamp: string };
    if (type !== 'snapshot') delays.push(now - Date.parse(timestamp));
    else if (isEnd(bytes)) resolve(delays);
    if (type === 'completed') resolve(delays);
    if (type === 'error') reject(new Error(bytes.toString()));
  });
  socket.on('error', reject);
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

/** It ended before the client was there. */
function isEnd(bytes: Buffer): boolean {
  const { execution } = JSON.parse(bytes.toString()) as { readonly execution: { readonly status: string } };
  return execution.status === 'completed';
}

function judge([near = [], far = []]: readonly (readonly number[])[]) {
  const isMet = percentile(near, 0.5) < limits.near && (far.length === 0 || percentile(far, 0.5) < limits.far);
  const subject = { ...prefixed('near_', summarise(near)), ...(far.length > 0 && prefixed('far_', summarise(far))) };
  return { subject, ratios: {}, isMet };
}
