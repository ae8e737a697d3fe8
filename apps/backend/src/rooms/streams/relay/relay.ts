/**
 * Watches a stream wherever it runs, and follows it when it moves.
 * connecting (nobody runs it now) → as its runner says → connecting …; waiting: its runner cannot be reached, with the reason; stopped: nobody
 * is to run it any more. One that cannot be opened at first, or that nobody watches for a while, ends.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@imageflow/core';
import type { Logger } from 'pino';
import { createFigures } from '../live/figures.ts';
import { type RunnerStatus, toStreamError, type Watched, type Watcher } from '../watched.ts';
import { watchElsewhere } from './elsewhere.ts';

export interface RelayNeeds {
  /** Undefined: nobody is to run it. */
  readonly look: (streamId: string) => Promise<Whereabouts | undefined>;
  readonly serviceKey: string;
  readonly logger: Logger;
}

export interface Whereabouts {
  readonly pipelineId: string;
  /** By now it runs here. */
  readonly near: Watched | undefined;
  /** host:port of the backend that runs it. */
  readonly address: string | undefined;
}

const lookMs = 1_000;
const openMs = 5_000;
const idleMs = 10_000;

export class Relay implements Watched {
  row: Watched['row'];
  readonly opened: Promise<void>;
  /** Never rejects. */
  readonly ended: Promise<void>;
  readonly #needs: RelayNeeds;
  readonly #watchers = new Set<Watcher>();
  readonly #stop = new AbortController();
  readonly #first = Promise.withResolvers<void>();
  readonly #idle: NodeJS.Timeout;
  #isOpen = false;
  #isUsed = false;
  #status: RunnerStatus = { state: 'connecting', since: 0, error: null, nextTryAt: null, reconnects: 0, figures: noFigures };

  constructor(streamId: string, needs: RelayNeeds) {
    this.row = { id: streamId, pipeline_id: '' };
    this.#needs = needs;
    this.opened = this.#first.promise;
    this.opened.catch(() => undefined);
    const late = setTimeout(() => this.#refuse(nobody()), openMs);
    this.#idle = setInterval(() => this.#closeUnused(), idleMs);
    this.ended = this.#run().finally(() => {
      clearTimeout(late);
      clearInterval(this.#idle);
      this.#refuse(nobody());
    });
  }

  status(): RunnerStatus {
    return this.#status;
  }

  watch(watcher: Watcher): () => void {
    this.#isUsed = true;
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  close(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const found = await this.#needs.look(this.row.id);
        if (found === undefined) break;
        this.row = { id: this.row.id, pipeline_id: found.pipelineId };
        await this.#follow(found);
        this.#enter({ ...this.#status, state: 'connecting', error: null });
      } catch (thrown) {
        const error = thrown instanceof AppError ? thrown : new AppError('INTERNAL', { cause: thrown });
        this.#needs.logger.info({ stream_id: this.row.id, code: error.code, detail: error.detail.en }, 'a stream cannot be watched now');
        if (!this.#isOpen) return this.#refuse(error);
        this.#enter({ ...this.#status, state: 'waiting', error: toStreamError(error) });
      }
      await delay(lookMs, undefined, { signal }).catch(() => undefined);
    }
    this.#enter({ ...this.#status, state: 'stopped', error: null });
  }

  /** Resolves when it is over there. */
  async #follow({ near, address }: Whereabouts): Promise<void> {
    const { signal } = this.#stop;
    if (near !== undefined) return watchHere(near, this.#watcher, signal);
    if (address === undefined) return;
    const terms = { streamId: this.row.id, serviceKey: this.#needs.serviceKey, signal };
    const onPipeline = (pipelineId: string): void => {
      this.row = { id: this.row.id, pipeline_id: pipelineId };
    };
    await watchElsewhere(address, terms, { ...this.#watcher, onPipeline });
  }

  readonly #watcher: Required<Watcher> = {
    onAnswer: (answer) => {
      for (const watcher of this.#watchers) watcher.onAnswer?.(answer);
    },
    onPlain: (frame) => {
      for (const watcher of this.#watchers) watcher.onPlain?.(frame);
    },
    onStatus: (status) => {
      // Whether it is at an end is in the database.
      if (status.state === 'stopped') return;
      this.#isOpen = true;
      this.#first.resolve();
      this.#enter(status);
    },
  };

  #enter(status: RunnerStatus): void {
    this.#status = status;
    for (const watcher of this.#watchers) watcher.onStatus?.(status);
  }

  #refuse(error: AppError): void {
    if (this.#isOpen) return;
    this.#first.reject(error);
    this.close();
  }

  #closeUnused(): void {
    if (this.#watchers.size === 0 && !this.#isUsed) this.close();
    this.#isUsed = false;
  }
}

const noFigures = createFigures(0).read(0);

/** Until it stops here, or `signal`. */
async function watchHere(stream: Watched, watcher: Required<Watcher>, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onStatus = (status: RunnerStatus): void => (status.state === 'stopped' ? resolve() : watcher.onStatus(status));
  const unwatch = stream.watch({ ...watcher, onStatus });
  onStatus(stream.status());
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise.finally(unwatch);
}

function nobody(): AppError {
  return new AppError('SERVICE_UNAVAILABLE', {
    detail: {
      ja: 'このストリームを実行しているバックエンドが今はありません。しばらくしてからやり直してください',
      en: 'No backend runs this stream at the moment. Try again in a few seconds',
    },
    retryAfterSeconds: 5,
  });
}
