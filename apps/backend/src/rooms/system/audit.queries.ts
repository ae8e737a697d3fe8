/** The audit log in the database. */
import type { Tables } from '@imageflow/adapters/database';
import type { Kysely, Selectable } from 'kysely';
import type { AuditEntry } from '../../doors/audit-entry.ts';

export type AuditRow = Selectable<Tables['audit']>;

export async function insertAudit(db: Kysely<Tables>, entry: AuditEntry): Promise<void> {
  await db
    .insertInto('audit')
    .values({
      actor_id: entry.caller?.userId ?? null,
      actor_name: entry.caller?.username ?? 'anonymous',
      operation: entry.operation,
      resource_type: entry.resourceType,
      resource_id: entry.resourceId ?? null,
      details: JSON.stringify(entry.details),
      trace_id: entry.traceId,
    })
    .execute();
}

export interface AuditFilter {
  readonly limit: number;
  /** Entries before this one, newest first. */
  readonly beforeId: number | undefined;
  readonly operation: string | undefined;
  readonly actorId: string | undefined;
  readonly resourceId: string | undefined;
}

/** One more than `limit`, to see whether there is a next page. */
export function selectAudit(db: Kysely<Tables>, filter: AuditFilter): Promise<AuditRow[]> {
  let query = db
    .selectFrom('audit')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(filter.limit + 1);
  if (filter.beforeId !== undefined) query = query.where('id', '<', filter.beforeId);
  if (filter.operation !== undefined) query = query.where('operation', '=', filter.operation);
  if (filter.actorId !== undefined) query = query.where('actor_id', '=', filter.actorId);
  if (filter.resourceId !== undefined) query = query.where('resource_id', '=', filter.resourceId);
  return query.execute();
}
