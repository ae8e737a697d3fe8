/** The outbox of notifications in the database. Rows are written by the database itself (migration 0002). */
import type { Tables } from '@imageflow/adapters/database';
import type { PipelineDefinition } from '@imageflow/core';
import { type Kysely, type Selectable, sql } from 'kysely';

export interface DueNotification {
  readonly executionId: string;
  /** This one included. */
  readonly attempt: number;
  readonly definition: PipelineDefinition;
  readonly version: number;
  readonly fault: Selectable<Tables['executions']>['fault'];
  readonly finishedAt: Date | null;
}

/** Takes what is due, and puts each off until `retryAt`: another backend, or this one after a crash, tries again then. */
export async function claimDue(db: Kysely<Tables>, now: Date, retryAt: Date, limit: number): Promise<readonly DueNotification[]> {
  const claimed = await db
    .updateTable('notifications')
    .set({ attempts: sql`attempts + 1`, next_at: retryAt })
    .where('execution_id', 'in', (query) =>
      query
        .selectFrom('notifications')
        .select('execution_id')
        .where('state', '=', 'pending')
        .where('next_at', '<=', now)
        .orderBy('next_at')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['execution_id', 'attempts'])
    .execute();
  if (claimed.length === 0) return [];
  const attempts = new Map(claimed.map((row) => [row.execution_id, row.attempts]));
  const rows = await db
    .selectFrom('executions')
    .innerJoin('pipeline_versions', (join) =>
      join
        .onRef('pipeline_versions.pipeline', '=', 'executions.pipeline')
        .onRef('pipeline_versions.number', '=', 'executions.pipeline_version'),
    )
    .select(['executions.id', 'pipeline_version', 'fault', 'finished_at', 'definition'])
    .where('executions.id', 'in', [...attempts.keys()])
    .execute();
  return rows.map((row) => ({
    executionId: row.id,
    attempt: attempts.get(row.id) ?? 1,
    definition: row.definition,
    version: row.pipeline_version,
    fault: row.fault,
    finishedAt: row.finished_at,
  }));
}

export type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'given_up'; readonly error: string }
  | { readonly kind: 'retry'; readonly at: Date; readonly error: string };

export async function writeOutcome(db: Kysely<Tables>, executionId: string, outcome: Outcome): Promise<void> {
  const change =
    outcome.kind === 'delivered'
      ? { state: outcome.kind, last_error: null }
      : outcome.kind === 'given_up'
        ? { state: outcome.kind, last_error: outcome.error }
        : { next_at: outcome.at, last_error: outcome.error };
  await db.updateTable('notifications').set(change).where('execution_id', '=', executionId).execute();
}

/** For pipelines that ask for it where nobody has set an address: the WebSocket has told already. */
export async function dropNotification(db: Kysely<Tables>, executionId: string): Promise<void> {
  await db.deleteFrom('notifications').where('execution_id', '=', executionId).execute();
}

export async function countNotifications(db: Kysely<Tables>): Promise<Readonly<Record<'pending' | 'delivered' | 'given_up', number>>> {
  const rows = await db
    .selectFrom('notifications')
    .select(['state', (expression) => expression.fn.countAll<string>().as('count')])
    .groupBy('state')
    .execute();
  return { pending: 0, delivered: 0, given_up: 0, ...Object.fromEntries(rows.map((row) => [row.state, Number(row.count)])) };
}
