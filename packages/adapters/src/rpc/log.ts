/** What operators read of the pool in the log: instances that come, go, fail and recover. */
import { type PoolChange, viewInstance } from '@imageflow/core';
import type { Logger } from 'pino';

export type PoolLogger = Pick<Logger, 'info' | 'warn'>;

export function logChange(logger: PoolLogger, change: PoolChange, now: number): void {
  if (change.kind === 'catalogue') return;
  const { id, service, address, status, breaker, trouble } = viewInstance(change.instance, now);
  const facts = { instance_id: id, service_name: service, address, status, breaker: breaker.state, trouble };
  if (change.kind !== 'changed') {
    logger.info(facts, `instance ${change.kind}`);
    return;
  }
  const before = viewInstance(change.before, now);
  if (before.status === status && before.breaker.state === breaker.state) return;
  // Busy and active alternate under load.
  if (status === 'unavailable') logger.warn(facts, 'instance unavailable');
  else if (before.status === 'unavailable') logger.info(facts, 'instance available');
}
