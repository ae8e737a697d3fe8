/** The audit log: who changed what. Written by `register` for every change, read by `GET /audit`. */
import type { Caller } from '../auth/caller.ts';

export interface AuditEntry {
  /** Undefined for what the platform or nobody signed in did. */
  readonly caller: Caller | undefined;
  /** Operation id of the route, e.g. "updatePipeline". */
  readonly operation: string;
  readonly resourceType: string;
  readonly resourceId: string | undefined;
  /** Never a secret. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly traceId: string;
}
