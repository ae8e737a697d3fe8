/** Ten thousand executions wait at the same time: what does the backend need for them, and does it keep its pace and its promises? */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { percentile, round, summarise, timeEach } from '../figures.ts';
import { makeScratchFolder, makeSurface1080 } from '../inputs.ts';
import { inspectionPipeline } from '../inspection.ts';
import { type Platform, readInput, startPlatform } from '../platform.ts';
import { memoryMib } from '../processes.ts';
import type { Scenario } from '../scenario.ts';

const lanes = 8;
const priorities = ['low', 'normal', 'high'] as const;
const sampleEveryMs = 1_000;
const probeEveryMs = 300;

export const scenario: Scenario = {
  number: 9,
  name: '10,000 executions of the pipeline of row 1 wait',
  goal: 'memory of the backend flat (< 1.25 ×), ≥ 0.95 of the rate without a queue, first answer p50 < 20 ms, high before normal before low, 429 past the bound',
  async run({ isQuick, log }) {
    const folder = await makeScratchFolder();
    const image = await readInput(await makeSurface1080(folder));
    const limit = isQuick ? 150 : 10_000;
    const platform = await startPlatform(join(folder, 'data'), { IMAGEFLOW_QUEUE_LIMIT: String(limit) });
    try {
      const client = await platform.login();
      await client.definePipeline(inspectionPipeline);
      const execute = async () => void (await client.execute(inspectionPipeline.pipeline_id, image.bytes, image.name));
      await timeEach(isQuick ? 8 : 200, lanes, execute);
      const without = await rateOf(isQuick ? 16 : 400, execute);
      log(`without a queue: ${round(without)} images/s`);
      const memory = await watchMemory(platform);
      const queue = createQueueClient(
        platform.address,
        client.authorization,
        await uploadOnce(platform.address, client.authorization, image),
      );
      const accepted = await fill(queue);
      const fullAt = Date.now();
      log(`${accepted} accepted until the first 429; the backend has ${round(memory.last(), 0)} MiB`);
      const answers = await probe(queue, isQuick ? 10 : 100);
      const ends = await drain(platform, log);
      const memories = await memory.stop();
      return judge({ without, accepted, limit, fullAt, answers, ends, memories });
    } finally {
      await platform.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function rateOf(count: number, work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await timeEach(count, lanes, work);
  return count / ((performance.now() - startedAt) / 1000);
}

interface QueueClient {
  /** Answers the status, and after how long. */
  submit(priority: string): Promise<{ readonly status: number; readonly elapsedMs: number }>;
}

function createQueueClient(address: string, authorization: string, fileId: string): QueueClient {
  return {
    async submit(priority) {
      const form = new FormData();
      form.set('pipeline_id', inspectionPipeline.pipeline_id);
      form.set('input_file_ids', fileId);
      form.set('priority', priority);
      const startedAt = performance.now();
      const answer = await fetch(`${address}/api/v1/executions`, { method: 'POST', headers: { authorization }, body: form });
      await answer.arrayBuffer();
      return { status: answer.status, elapsedMs: performance.now() - startedAt };
    },
  };
}

async function uploadOnce(address: string, authorization: string, image: { bytes: Uint8Array; name: string }): Promise<string> {
  const form = new FormData();
  form.set('pipeline_id', inspectionPipeline.pipeline_id);
  form.set('input_files', new Blob([new Uint8Array(image.bytes)]), image.name);
  const answer = await fetch(`${address}/api/v1/executions`, { method: 'POST', headers: { authorization }, body: form });
  const { input_files } = (await answer.json()) as { input_files: readonly { file_id: string }[] };
  return input_files[0]?.file_id ?? '';
}

/** Until the platform refuses; answers how many it took. */
async function fill(queue: QueueClient): Promise<number> {
  let accepted = 0;
  let isFull = false;
  const lane = async () => {
    while (!isFull) {
      const { status } = await queue.submit(priorities[accepted % priorities.length] ?? 'normal');
      if (status === 429) isFull = true;
      else if (status !== 202) throw new Error(`Answered with ${status}`);
      else accepted += 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return accepted;
}

/** How long one more waits for its answer while the queue is as good as full and the machine works. */
async function probe(queue: QueueClient, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  while (times.length < count) {
    const { status, elapsedMs } = await queue.submit('low');
    if (status === 202) times.push(elapsedMs);
    await new Promise((resolve) => setTimeout(resolve, probeEveryMs));
  }
  return times;
}

interface End {
  readonly status: string;
  readonly priority: string;
  readonly created_at: string;
  readonly started_at: string;
  readonly finished_at: string;
}

/** Waits until nothing is left and answers how everything went. */
async function drain(platform: Platform, log: (line: string) => void): Promise<readonly End[]> {
  for (let look = 1; ; look++) {
    // Signing in again: it takes longer than an access token lives.
    const { authorization } = await platform.login();
    const left = [...(await list(platform, authorization, 'pending', 1)), ...(await list(platform, authorization, 'running', 1))];
    if (left.length === 0) return list(platform, authorization, undefined, Number.POSITIVE_INFINITY);
    if (look % 6 === 0) log('still working');
    await new Promise((resolve) => setTimeout(resolve, 10_000));
  }
}

async function list({ address }: Platform, authorization: string, status: string | undefined, pages: number): Promise<readonly End[]> {
  const ends: End[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < pages; page++) {
    const query = new URLSearchParams({ limit: '100', ...(status && { status }), ...(cursor && { cursor }) });
    const answer = await fetch(`${address}/api/v1/executions?${query}`, { headers: { authorization } });
    if (!answer.ok) throw new Error(`Listing: ${answer.status} ${await answer.text()}`);
    const body = (await answer.json()) as { items: readonly End[]; next_cursor: string | null };
    ends.push(...body.items);
    cursor = body.next_cursor;
    if (cursor === null) break;
  }
  return ends;
}

/** Of the backend alone: it holds what waits. */
async function watchMemory(platform: Platform) {
  const pid = await findBackend(await platform.processes());
  const samples = [await memoryMib([pid])];
  const timer = setInterval(() => void memoryMib([pid]).then((sample) => samples.push(sample)), sampleEveryMs);
  return {
    last: () => samples.at(-1) ?? 0,
    async stop() {
      clearInterval(timer);
      samples.push(await memoryMib([pid]));
      return samples;
    },
  };
}

async function findBackend(pids: readonly number[]): Promise<number> {
  for (const pid of pids) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('backend/src/main.ts')) return pid;
  }
  throw new Error('There is no backend');
}

interface Measured {
  readonly without: number;
  readonly accepted: number;
  readonly limit: number;
  readonly fullAt: number;
  readonly answers: readonly number[];
  readonly ends: readonly End[];
  readonly memories: readonly number[];
}

function judge({ without, accepted, limit, fullAt, answers, ends, memories }: Measured) {
  const waited = ends.filter((end) => Date.parse(end.created_at) < fullAt && Date.parse(end.started_at) > fullAt);
  const lastAt = Math.max(...ends.map((end) => Date.parse(end.finished_at)));
  const finished = ends.filter((end) => Date.parse(end.finished_at) > fullAt).length;
  const rate = finished / ((lastAt - fullAt) / 1000);
  const [start, peak, end] = [memories[0] ?? 0, Math.max(...memories), memories.at(-1) ?? 0];
  const outOfOrder = countOutOfOrder(waited);
  const notCompleted = ends.filter(({ status }) => status !== 'completed').length;
  const { p50_ms, p95_ms } = summarise(answers);
  const isOrderly = outOfOrder === 0 && notCompleted === 0 && waited.length >= 0.9 * limit;
  return {
    subject: {
      accepted_until_429: accepted,
      waited: waited.length,
      images_per_second: round(rate),
      first_answer_p50_ms: p50_ms,
      first_answer_p95_ms: p95_ms,
      backend_start_mib: round(start, 0),
      backend_peak_mib: round(peak, 0),
      backend_median_mib: round(percentile(memories, 0.5), 0),
      backend_end_mib: round(end, 0),
      out_of_order: outOfOrder,
      not_completed: notCompleted,
    },
    baseline: { name: `the same platform, ${lanes} at a time, each uploaded and followed (row 2)`, images_per_second: round(without) },
    ratios: { rate: round(rate / without), memory: round(peak / start, 3) },
    isMet: isOrderly && p50_ms < 20 && rate >= 0.95 * without && peak < 1.25 * start,
  };
}

/** Starts of one priority while one of a higher priority still waited. */
function countOutOfOrder(waited: readonly End[]): number {
  const rank = { high: 0, normal: 1, low: 2 } as Readonly<Record<string, number>>;
  const rankOf = (end: End): number => rank[end.priority] ?? 0;
  const started = waited.toSorted((a, b) => Date.parse(a.started_at) - Date.parse(b.started_at) || rankOf(a) - rankOf(b));
  let highest = 0;
  let count = 0;
  for (const end of started) {
    if (rankOf(end) < highest) count += 1;
    highest = Math.max(highest, rankOf(end));
  }
  return count;
}
