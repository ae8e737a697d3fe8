/** The audit log: who changed what. Written by `register` for every change, read by `GET /audit`. */
import type { Tables } from '@imageflow/adapters/database';
import type { Kysely } from 'kysely';
import type { AuditEntry } from '../../doors/audit-entry.ts';
import { decodeCursor, type Page, toPage } from '../../doors/page.ts';
import { type AuditFilter, type AuditRow, insertAudit, selectAudit } from './audit.queries.ts';

export type { AuditRow };

export interface AuditLog {
  write(entry: AuditEntry): Promise<void>;
  /** Newest first. @throws AppError VALIDATION_ERROR for a bad cursor */
  list(filter: Omit<AuditFilter, 'beforeId'> & { readonly cursor: string | undefined }): Promise<Page<AuditRow>>;
}

export function createAuditLog(db: Kysely<Tables>): AuditLog {
  return {
    write: (entry) => insertAudit(db, entry),
    async list({ cursor, ...filter }) {
      const beforeId = cursor === undefined ? undefined : Number(decodeCursor(cursor, /^[1-9]\d{0,15}$/));
      return toPage(await selectAudit(db, { ...filter, beforeId }), filter.limit, (entry) => String(entry.id));
    },
  };
}
