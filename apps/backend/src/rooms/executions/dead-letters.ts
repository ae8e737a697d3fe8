/** Collects what ends in image-processing-requests.dlq, and tries it again when a person says so. */
import type { Tables } from '@imageflow/adapters/database';
import { imageProcessingRequest, topics } from '@imageflow/contract';
import { AppError, type Bus, type BusMessage, type Clock, type Ids, type Subscription } from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { Caller } from '../../doors/caller.ts';
import { decodeCursor, type Page, toPage, uuidPattern } from '../../doors/page.ts';
import {
  type DeadLetterRow,
  deleteDeadLetter,
  insertDeadLetter,
  markRedriven,
  selectDeadLetter,
  selectDeadLetters,
  setNewExecution,
  unmarkRedriven,
} from './dead-letters.queries.ts';
import type { ExecutionsService } from './executions.service.ts';

export interface DeadLetters {
  list(filter: { limit: number; cursor: string | undefined; isRedriven: boolean | undefined }): Promise<Page<DeadLetterRow>>;
  /** @throws AppError NOT_FOUND, CONFLICT when it was tried again already, and what starting an execution throws */
  redrive(id: string, caller: Caller, traceparent: string): Promise<DeadLetterRow>;
  /** @throws AppError NOT_FOUND */
  remove(id: string): Promise<void>;
  close(): Promise<void>;
}

export interface DeadLetterNeeds {
  readonly db: Kysely<Tables>;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly executions: Pick<ExecutionsService, 'rerun' | 'hasEnded'>;
}

/** Only the database can stand in the way, and it comes back. */
const options = { group: 'dead-letters', concurrency: 1, maxDeliveries: 1_000 };

export async function openDeadLetters(needs: DeadLetterNeeds): Promise<DeadLetters> {
  const { db, bus, clock } = needs;
  const subscription: Subscription = await bus.consume(topics.deadRequests, options, (message) => keepDeadLetter(message, needs));
  const get = async (id: string): Promise<DeadLetterRow> => (await selectDeadLetter(db, id)) ?? unknownLetter(id);
  return {
    async list({ limit, cursor, isRedriven }) {
      const beforeId = cursor === undefined ? undefined : decodeCursor(cursor, uuidPattern);
      return toPage(await selectDeadLetters(db, { limit, beforeId, isRedriven }), limit, (letter) => letter.id);
    },
    async redrive(id, caller, traceparent) {
      const letter = await markRedriven(db, id, caller.userId, new Date(clock.now()));
      if (letter === undefined) throw alreadyRedriven(await get(id));
      try {
        await tryAgain(letter, caller, traceparent, needs);
      } catch (error) {
        await unmarkRedriven(db, id);
        throw error;
      }
      return get(id);
    },
    async remove(id) {
      if (!(await deleteDeadLetter(db, id))) unknownLetter(id);
    },
    close: () => subscription.close(),
  };
}

export async function keepDeadLetter({ key, value, headers }: BusMessage, { db, ids }: Pick<DeadLetterNeeds, 'db' | 'ids'>): Promise<void> {
  const request = imageProcessingRequest.safeParse(value);
  await insertDeadLetter(db, {
    id: ids.next(),
    topic: headers['dlq-topic'] ?? topics.requests,
    key,
    value: typeof value === 'object' && value !== null ? value : { value },
    headers: { ...headers },
    reason: headers['dlq-reason'] ?? '',
    deliveries: Number(headers['dlq-deliveries'] ?? 1),
    execution_id: request.success ? request.data.execution_id : null,
  });
}

/** The state of an ended execution is never changed: a new try is a new execution. */
async function tryAgain(letter: DeadLetterRow, caller: Caller, traceparent: string, needs: DeadLetterNeeds): Promise<void> {
  const { bus, executions, db } = needs;
  if (letter.execution_id !== null && (await executions.hasEnded(letter.execution_id))) {
    const job = await executions.rerun(letter.execution_id, {}, caller, traceparent);
    return setNewExecution(db, letter.id, job.id);
  }
  await bus.publish({ topic: letter.topic, key: letter.key, value: letter.value, headers: letter.headers });
}

function alreadyRedriven({ id, redriven_at }: DeadLetterRow): AppError {
  const at = redriven_at?.toISOString();
  return new AppError('CONFLICT', {
    detail: { ja: `メッセージ ${id} は ${at} に再投入済みです`, en: `The message ${id} was tried again at ${at}` },
  });
}

function unknownLetter(id: string): never {
  throw new AppError('NOT_FOUND', { detail: { ja: `メッセージ ${id} はありません`, en: `There is no message ${id}` } });
}
