/** Hands announcements to whoever watches an execution on this backend: those of its own engine at once, others' by the bus. */
import type { Bus } from '@imageflow/core';
import type { Logger } from 'pino';
import { type Announcement, isLast, parseAnnouncement } from './announcement.ts';

const progressTopic = 'pipeline-progress';

type Listener = (announcement: Announcement) => void;
type CancelListener = (executionId: string, by: string) => void;

export interface Hub {
  /** To listeners here, now. */
  show(announcement: Announcement): void;
  /** To listeners on other backends and to every reader of the topic. Never rejects: the database stays the truth. */
  publish(announcement: Announcement): void;
  /** The same event can come twice, and late: its sequence tells. */
  watch(executionId: string, listener: Listener): () => void;
  /** Asks whichever engine runs it to cancel; the wish is in the database already. */
  requestCancel(executionId: string, by: string): void;
  /** Hears of such wishes. */
  onCancelRequest(listener: CancelListener): void;
  close(): Promise<void>;
}

/** Messages on their way to the bus; past it the oldest facts are left to the database. */
const maxUnpublished = 10_000;

export async function openHub(bus: Bus, logger: Logger): Promise<Hub> {
  const watchers = new Map<string, Set<Listener>>();
  const cancelListeners = new Set<CancelListener>();
  let unpublished = 0;
  let dropped = 0;
  const show = (announcement: Announcement): void => {
    for (const listener of [...(watchers.get(announcement.execution_id) ?? [])]) listener(announcement);
  };
  const subscription = await bus.subscribe(progressTopic, ({ value }) => {
    const announcement = parseAnnouncement(value);
    if (announcement !== undefined) show(announcement);
    const wish = parseCancelRequest(value);
    if (wish !== undefined) for (const listener of [...cancelListeners]) listener(wish.execution_id, wish.by);
  });
  return {
    show,
    publish(announcement) {
      if (unpublished >= maxUnpublished && !isLast(announcement)) {
        dropped += 1;
        return;
      }
      unpublished += 1;
      bus
        .publish({ topic: progressTopic, key: announcement.execution_id, value: announcement, headers: headersOf(announcement) })
        .then(
          () => {
            if (dropped > 0) logger.warn({ dropped }, 'progress messages were left out while the bus was slow');
            dropped = 0;
          },
          (error: unknown) => logger.debug({ err: error }, 'a progress message was not published'),
        )
        .finally(() => {
          unpublished -= 1;
        });
    },
    watch(executionId, listener) {
      const listeners = watchers.get(executionId) ?? new Set();
      watchers.set(executionId, listeners);
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && watchers.get(executionId) === listeners) watchers.delete(executionId);
      };
    },
    requestCancel(executionId, by) {
      const value: CancelRequest = { type: 'cancel_requested', execution_id: executionId, status: 'running', by };
      bus
        .publish({ topic: progressTopic, key: executionId, value, headers: cancelHeaders(value) })
        .catch((error: unknown) => logger.warn({ err: error, execution_id: executionId }, 'a cancellation could not be passed on'));
    },
    onCancelRequest: (listener) => void cancelListeners.add(listener),
    close: () => subscription.close(),
  };
}

/** CloudEvents 1.0, binary mode. */
function headersOf(announcement: Announcement): Record<string, string> {
  return {
    ce_specversion: '1.0',
    ce_id: `${announcement.execution_id}-${announcement.sequence}`,
    ce_source: '/executions',
    ce_type: `com.imageflowcanvas.execution.${announcement.type}`,
    ce_time: announcement.timestamp,
    ce_subject: announcement.execution_id,
    'content-type': 'application/json',
  };
}

function cancelHeaders({ execution_id, by }: CancelRequest): Record<string, string> {
  const time = new Date().toISOString();
  return {
    ce_specversion: '1.0',
    ce_id: `${execution_id}-cancel-${by}-${time}`,
    ce_source: '/executions',
    ce_type: 'com.imageflowcanvas.execution.cancel_requested',
    ce_time: time,
    ce_subject: execution_id,
    'content-type': 'application/json',
  };
}

interface CancelRequest {
  readonly type: 'cancel_requested';
  readonly execution_id: string;
  readonly status: 'running';
  readonly by: string;
}

function parseCancelRequest(value: unknown): CancelRequest | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, execution_id, by } = value as Partial<CancelRequest>;
  return type === 'cancel_requested' && typeof execution_id === 'string' && typeof by === 'string' ? (value as CancelRequest) : undefined;
}
