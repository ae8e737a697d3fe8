/** Clients that go on asking whatever dies: they submit, repeat, cancel, run again, follow. */
import { randomUUID } from 'node:crypto';
import { ApiError } from '@imageflow/client';
import { executionRoutes } from '@imageflow/contract';
import type { Chance } from './chance.ts';
import { pause } from './faults.ts';
import type { FaultPlatform } from './platform.ts';
import { follow, isEnd, isPassing, type Watch } from './watch.ts';
import type { KnownPipeline, Picture, Work } from './work.ts';

export interface LoadNeeds {
  readonly platform: Pick<FaultPlatform, 'client' | 'login'>;
  readonly watch: Watch;
  readonly work: Work;
  readonly book: Book;
}

/** What the platform has promised. */
export interface Book {
  /** Idempotency keys, and the executions that were answered to them. */
  readonly keys: Map<string, Set<string>>;
  /** An answer to a cancel said yes. */
  readonly cancelled: Set<string>;
  refused: number;
  repeats: number;
  reruns: number;
}

export const createBook = (): Book => ({ keys: new Map(), cancelled: new Set(), refused: 0, repeats: 0, reruns: 0 });

interface Request {
  readonly key: string;
  readonly pipeline: KnownPipeline;
  readonly pictures: readonly Picture[];
  readonly priority: string;
}

/** More than the platform runs at once, few enough to be done soon after the last fault. */
const maxOpen = 40;

/** One client, until the signal aborts. */
export async function runClient(needs: LoadNeeds, chance: Chance, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (needs.watch.open > maxOpen) await pause(200, signal);
    else await once(needs, chance, signal).catch((error: unknown) => needs.watch.report(`a client was told: ${describe(error)}`));
  }
}

/** A fault of the platform that no retry helps. */
export function describe(error: unknown): string {
  const details = error instanceof ApiError ? JSON.stringify(error.problem) : error instanceof Error ? error.stack : '';
  return `${String(error)} ${details}`;
}

async function once(needs: LoadNeeds, chance: Chance, signal: AbortSignal): Promise<void> {
  const { watch, work, platform } = needs;
  const deed = chance.weighted({ run: 60, repeat: 12, cancel: 12, damaged: 5, refused: 4, rerun: 7 });
  if (deed === 'refused') return refuse(needs, chance, signal);
  if (deed === 'rerun') return rerun(needs, chance, signal);
  const request = requestOf(work, chance, deed === 'damaged');
  const id = await submit(needs, request, signal);
  if (id === undefined) return;
  if (deed === 'repeat') await repeat(needs, request, chance, signal);
  if (deed === 'cancel') await cancel(needs, id, chance, signal);
  if (chance.is(0.5)) await follow(platform.client, watch, id, signal);
  else await pause(chance.between(0, 400), signal);
}

function requestOf({ pipelines, good, damaged }: Work, chance: Chance, isDamaged: boolean): Request {
  const pictures = Array.from({ length: chance.pick([1, 1, 1, 2, 3]) }, () => chance.pick(good));
  return {
    key: randomUUID(),
    pipeline: chance.pick(pipelines),
    pictures: isDamaged ? [...pictures, damaged] : pictures,
    priority: chance.pick(['low', 'normal', 'high']),
  };
}

function send({ platform }: LoadNeeds, { key, pipeline, pictures, priority }: Request, signal: AbortSignal) {
  const form = new FormData();
  form.set('pipeline_id', pipeline.id);
  form.set('priority', priority);
  for (const { name, bytes } of pictures) form.append('input_files', new Blob([bytes]), name);
  return platform.client.call(executionRoutes.createExecution, { form, headers: { 'idempotency-key': key } }, { signal });
}

/** Undefined when the time was over before the platform answered. */
async function submit(needs: LoadNeeds, request: Request, signal: AbortSignal): Promise<string | undefined> {
  const answer = await ask(needs, () => send(needs, request, signal), signal);
  if (answer === undefined) return undefined;
  const { execution_id: id } = answer;
  const known = needs.book.keys.get(request.key) ?? new Set();
  needs.book.keys.set(request.key, known.add(id));
  needs.watch.accepted(id);
  return id;
}

/** Twice at the same moment, or with other content. */
async function repeat(needs: LoadNeeds, request: Request, chance: Chance, signal: AbortSignal): Promise<void> {
  needs.book.repeats += 1;
  if (chance.is(0.7)) return void (await Promise.all([submit(needs, request, signal), submit(needs, request, signal)]));
  const other = { ...request, pictures: [...request.pictures, chance.pick(needs.work.good)] };
  await expectRefusal(needs, () => send(needs, other, signal), [422], 'a used key with other content', signal);
}

async function refuse(needs: LoadNeeds, chance: Chance, signal: AbortSignal): Promise<void> {
  const request = { ...requestOf(needs.work, chance, false), pictures: [chance.pick(needs.work.good), chance.pick(needs.work.refused)] };
  await expectRefusal(needs, () => send(needs, request, signal), [415, 422], 'what is no image', signal);
}

async function expectRefusal(
  needs: LoadNeeds,
  call: () => Promise<{ execution_id: string }>,
  statuses: readonly number[],
  what: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    const answer = await ask(needs, call, signal);
    if (answer !== undefined) needs.watch.report(`${answer.execution_id}: ${what} was accepted`);
  } catch (error) {
    if (!(error instanceof ApiError) || !statuses.includes(error.status)) throw error;
    needs.book.refused += 1;
  }
}

async function cancel(needs: LoadNeeds, id: string, chance: Chance, signal: AbortSignal): Promise<void> {
  await pause(chance.between(0, chance.pick([20, 200, 800])), signal);
  const { client } = needs.platform;
  try {
    const answer = await ask(needs, () => client.call(executionRoutes.cancelExecution, { params: { id } }, { signal }), signal);
    if (answer === undefined) return;
    needs.book.cancelled.add(id);
    needs.watch.saw(id, answer.status);
  } catch (error) {
    // It has ended before.
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
  }
}

/** Of one that has ended; an answer that was lost is not asked for again, since it would be one more. */
async function rerun(needs: LoadNeeds, chance: Chance, signal: AbortSignal): Promise<void> {
  const { watch, book, platform } = needs;
  const ended = [...watch.ends].filter(([, status]) => isEnd(status)).map(([id]) => id);
  if (ended.length === 0) return;
  const id = chance.pick(ended);
  try {
    const { pipeline_id } = await platform.client.call(executionRoutes.getExecution, { params: { id } }, { signal });
    const steps = needs.work.pipelines.find((one) => one.id === pipeline_id)?.steps ?? [];
    const body = chance.is(0.3) ? {} : { from_step: chance.pick(steps) };
    const { execution_id } = await platform.client.call(executionRoutes.rerunExecution, { params: { id }, body }, { signal });
    watch.accepted(execution_id);
    book.reruns += 1;
  } catch (error) {
    if (!signal.aborted && !isPassing(error)) throw error;
  }
}

/** Asks until there is an answer; undefined when the signal aborts before. Throws what is a real answer of another kind. */
async function ask<T>({ platform }: LoadNeeds, call: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      return await call();
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!isPassing(error)) throw error;
      // An exchange of tokens whose answer was lost ends the sign-in.
      if (error instanceof ApiError && error.status === 401) await platform.login().catch(() => undefined);
    }
    await pause(Math.min(2_000, 100 * 2 ** tries), signal);
  }
  return undefined;
}
