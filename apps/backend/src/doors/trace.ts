/** W3C trace context: every request belongs to a trace, its own or the caller's. */
import { randomBytes } from 'node:crypto';

export interface Trace {
  /** 32 hex digits; also the request's id in logs and problem documents. */
  readonly traceId: string;
  /** Header to send on: this request as the parent. */
  readonly traceparent: string;
}

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const noTrace = '0'.repeat(32);
const noSpan = '0'.repeat(16);

/** Continues the caller's trace when its header is valid, else starts one. */
export function continueTrace(header: string | undefined): Trace {
  const match = header === undefined ? null : pattern.exec(header);
  const [, traceId, parent, flags] = match ?? [];
  const spanId = randomBytes(8).toString('hex');
  if (traceId === undefined || traceId === noTrace || parent === noSpan) {
    const fresh = randomBytes(16).toString('hex');
    return { traceId: fresh, traceparent: `00-${fresh}-${spanId}-01` };
  }
  return { traceId, traceparent: `00-${traceId}-${spanId}-${flags ?? '01'}` };
}
