/**
 * Delivers notifications of failed executions: at once, then with growing pauses for about a day. At least once: a receiver may see one
 * twice when a backend dies between sending and writing that down.
 */
import type { Tables } from '@imageflow/adapters/database';
import type { Bus, Clock, Random } from '@imageflow/core';
import type { FastifyBaseLogger } from 'fastify';
import type { Kysely } from 'kysely';
import { claimDue, type DueNotification, dropNotification, type Outcome, writeOutcome } from './notifications.queries.ts';
import { type Delivery, deliver, toCloudEvent } from './webhook.ts';

export interface Notifications {
  /** Ends sending; what is not sent stays due. */
  close(): Promise<void>;
}

export interface NotificationNeeds {
  readonly db: Kysely<Tables>;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: FastifyBaseLogger;
  /** For pipelines that name none themselves. */
  readonly defaultUrl: string | undefined;
}

/** Also finds what another backend's death left over; the bus usually wakes us long before. */
const pollMs = 15_000;
/** Longer than a delivery may take. */
const claimMs = 60_000;
const claimLimit = 20;
const firstPauseMs = 10_000;
const longestPauseMs = 3 * 3600_000;
/** With these pauses: about a day. */
const maxAttempts = 17;

export async function openNotifications(needs: NotificationNeeds): Promise<Notifications> {
  const { bus, clock, logger } = needs;
  const stop = new AbortController();
  let cancel = (): void => undefined;
  let running: Promise<void> | undefined;
  let isWokenMeanwhile = false;

  const round = async (): Promise<void> => {
    try {
      await deliverDue(needs, stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) logger.warn({ err: error }, 'notifications cannot be sent now');
    }
  };
  const wake = (): void => {
    if (stop.signal.aborted) return;
    if (running !== undefined) {
      isWokenMeanwhile = true;
      return;
    }
    cancel();
    running = round().then(() => {
      running = undefined;
      cancel = clock.after(isWokenMeanwhile ? 0 : pollMs, wake);
      isWokenMeanwhile = false;
    });
  };
  const subscription = await bus.subscribe('pipeline-progress', ({ value }) => {
    if (asksToNotify(value)) wake();
  });
  wake();
  return {
    async close() {
      stop.abort();
      cancel();
      await subscription.close();
      await running;
    },
  };
}

async function deliverDue(needs: NotificationNeeds, signal: AbortSignal): Promise<void> {
  const { db, clock } = needs;
  while (!signal.aborted) {
    const due = await claimDue(db, new Date(clock.now()), new Date(clock.now() + claimMs), claimLimit);
    if (due.length === 0) return;
    await Promise.all(due.map((notification) => deliverOne(needs, notification, signal)));
  }
}

async function deliverOne(needs: NotificationNeeds, notification: DueNotification, signal: AbortSignal): Promise<void> {
  const { db, logger } = needs;
  const { executionId, attempt, definition } = notification;
  const url = definition.error_handling.notification_url ?? needs.defaultUrl;
  if (url === undefined) return dropNotification(db, executionId);
  const delivery = await deliver(url, toCloudEvent(notification), signal);
  if (signal.aborted) return;
  const outcome = outcomeOf(delivery, attempt, needs);
  await writeOutcome(db, executionId, outcome);
  const facts = {
    execution_id: executionId,
    attempt,
    outcome: outcome.kind,
    ...(outcome.kind !== 'delivered' && { reason: outcome.error }),
  };
  if (outcome.kind === 'given_up') logger.warn(facts, 'notification given up');
  else logger.info(facts, 'notification');
}

function outcomeOf(delivery: Delivery, attempt: number, { clock, random }: NotificationNeeds): Outcome {
  if (delivery.kind === 'accepted') return { kind: 'delivered' };
  if (delivery.kind === 'refused' || attempt >= maxAttempts) return { kind: 'given_up', error: delivery.error };
  const pause = Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs) * (0.75 + random() / 2);
  return { kind: 'retry', at: new Date(clock.now() + pause), error: delivery.error };
}

function asksToNotify(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'notify' in value && value.notify === true;
}
