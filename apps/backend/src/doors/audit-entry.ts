/** What a door writes down of a change: who changed what. */
import type { Caller } from './caller.ts';

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
