/**
 * /ws/execution/{execution_id}: first a snapshot, then each message once and in order, the last one always. With
 * ?last_sequence= the messages after that one come before the live ones.
 */
import type { Writable } from 'node:stream';
import { AppError, applyEvent, type Clock, createState, type ExecutionEvent, isTerminal } from '@imageflow/core';
import type { FastifyInstance } from 'fastify';
import { uuidPattern } from '../../doors/page.ts';
import { languageOf } from '../../doors/request-context.ts';
import { type LiveSocket, registerSocket, type SocketCall } from '../../doors/socket.ts';
import { type Announcement, announce, isLast, toSocketMessage } from '../../engine/announcement.ts';
import type { Hub } from '../../engine/hub.ts';
import type { ExecutionsService } from './executions.service.ts';
import type { Lookout } from './lookout.ts';
import { toAnnouncedFile, toWireExecution } from './view.ts';

export interface ExecutionSocketNeeds {
  readonly executions: ExecutionsService;
  readonly hub: Hub;
  readonly lookout: Lookout;
  readonly clock: Clock;
}

/** After its end there is nothing more to say. */
const normalClosure = 1000;

export function registerExecutionSocket(app: FastifyInstance, needs: ExecutionSocketNeeds): void {
  registerSocket(app, '/ws/execution/:execution_id', 'executions:read', (socket, call) => follow(socket, call, needs));
}

async function follow(socket: LiveSocket, call: SocketCall, needs: ExecutionSocketNeeds): Promise<void> {
  const id = readId(call.params.execution_id);
  const after = readSequence(call.query.last_sequence);
  const language = languageOf(call.request);
  const gather = createGather(call.request.raw.socket);
  const send = (message: object): void => {
    gather();
    socket.send(JSON.stringify(message));
  };
  const early: Announcement[] = [];
  let hear = (announcement: Announcement): void => void early.push(announcement);
  const unwatch = needs.hub.watch(id, (announcement) => hear(announcement));
  socket.closed.addEventListener('abort', unwatch, { once: true });
  try {
    const view = await needs.executions.get(id);
    const { sequence, status } = view.state;
    const snapshot = { type: 'snapshot', execution_id: id, sequence, timestamp: new Date(needs.clock.now()).toISOString() };
    send({ ...snapshot, execution: toWireExecution(view, language) });
    const feed = createFeed(socket, (announcement) => send(toSocketMessage(announcement, language)), id, needs, after ?? sequence);
    if (after !== undefined || isTerminal(status))
      await feed.catchUp(isTerminal(status) ? Math.min(after ?? sequence, sequence - 1) : after);
    hear = feed.push;
    for (const announcement of early) feed.push(announcement);
    if (!isTerminal(status)) watchFromAfar(socket, id, feed, needs.lookout);
  } catch (error) {
    unwatch();
    throw error;
  }
}

interface Feed {
  readonly push: (announcement: Announcement) => void;
  /** Sends what the journal holds after `sequence`, or after what was sent. */
  catchUp(sequence?: number): Promise<void>;
  /** The journal has grown to this. */
  reach(sequence: number): void;
}

/** What one turn of the event loop sends goes out together: every write costs 0.1 to 0.2 ms (2-core VM, November 2026). */
function createGather(connection: Writable): () => void {
  let isGathering = false;
  return () => {
    if (isGathering) return;
    isGathering = true;
    connection.cork();
    process.nextTick(() => {
      isGathering = false;
      connection.uncork();
    });
  };
}

function createFeed(
  socket: LiveSocket,
  tell: (announcement: Announcement) => void,
  id: string,
  needs: ExecutionSocketNeeds,
  start: number,
): Feed {
  let sent = start;
  /** Gaps are filled one after the other. */
  let filling: Promise<void> = Promise.resolve();
  const send = (announcement: Announcement): void => {
    if (announcement.sequence <= sent || socket.closed.aborted) return;
    sent = announcement.sequence;
    tell(announcement);
    if (isLast(announcement)) socket.close(normalClosure, 'ENDED');
  };
  const catchUp = async (sequence: number = sent): Promise<void> => {
    sent = sequence;
    for (const announcement of await replay(id, sequence, needs)) send(announcement);
  };
  return {
    catchUp,
    reach(sequence) {
      // A database that is down now is asked again when it answers.
      if (sequence > sent) filling = filling.then(() => (sequence > sent ? catchUp() : undefined)).catch(() => undefined);
    },
    push(announcement) {
      if (announcement.sequence <= sent + 1) return send(announcement);
      filling = filling
        .then(() => (announcement.sequence <= sent + 1 ? undefined : catchUp()))
        // What the journal cannot tell now is left out: the newest counts.
        .catch(() => undefined)
        .then(() => send(announcement));
    },
  };
}

/** Announcements of the events after `sequence`, made anew from the journal. */
async function replay(id: string, sequence: number, { executions }: ExecutionSocketNeeds): Promise<readonly Announcement[]> {
  const { job, events } = await executions.events(id);
  const stepIds = job.definition.steps.map((step) => step.step_id);
  const state = createState(stepIds, job.inputs.length, job.mode);
  const files = events.some(isCompletion) ? (await executions.get(id)).files.filter((file) => file.kind === 'output') : [];
  return events.flatMap((event) => {
    applyEvent(state, event);
    if (event.sequence <= sequence) return [];
    return [announce(job, event, state, { files: files.map(toAnnouncedFile), expectedMs: undefined })];
  });
}

function isCompletion(event: ExecutionEvent): boolean {
  return event.kind === 'execution_completed';
}

/** An engine elsewhere may run it, and the bus be down. */
function watchFromAfar(socket: LiveSocket, id: string, feed: Feed, lookout: Lookout): void {
  if (socket.closed.aborted) return;
  socket.closed.addEventListener('abort', lookout.watch(id, feed.reach), { once: true });
}

function readId(text: string | undefined): string {
  const id = text?.toLowerCase() ?? '';
  if (uuidPattern.test(id)) return id;
  throw new AppError('NOT_FOUND', { detail: { ja: `実行 ${text} はありません`, en: `There is no execution ${text}` } });
}

function readSequence(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const message = { ja: '0 以上の整数にしてください', en: 'must be an integer from 0' };
  throw new AppError('VALIDATION_ERROR', {
    detail: { ja: `last_sequence: ${message.ja}`, en: `last_sequence: ${message.en}` },
    faults: [{ field: 'query.last_sequence', message, value: text.slice(0, 50) }],
  });
}
