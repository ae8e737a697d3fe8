/** A connection whose client sends the frames. */
import type { StreamState } from '@imageflow/contract';
import { AppError, type Clock } from '@imageflow/core';
import type { Language } from '../../../doors/language.ts';
import type { LiveSocket } from '../../../doors/socket.ts';
import { encodeAnswer, type Form } from './answers.ts';
import type { VideoConnections } from './connection.ts';
import { type ClientMessage, parseClientMessage, type Wishes } from './messages.ts';
import { createSender } from './sender.ts';
import { createLiveStream, type LiveSettings } from './stream.ts';

export interface ClientSessionNeeds {
  readonly connections: VideoConnections;
  readonly clock: Clock;
}

export interface ClientSessionTerms {
  /** Whose places in the service it takes. */
  readonly clientId: string;
  readonly sourceId: string;
  readonly form: Form;
  readonly language: Language;
}

const tickMs = 1_000;
/** A client that does not speak the language is not listened to for ever. */
const maxFaults = 100;

/** Returns at once; everything ends with the socket. */
export function runClientSession(socket: LiveSocket, terms: ClientSessionTerms, { connections, clock }: ClientSessionNeeds): void {
  const { clientId, form, language } = terms;
  const sender = createSender(socket);
  let faults = 0;
  let frames = 0;

  const tell = (error: AppError): void => sender.say((sequence) => ({ type: 'error', sequence, error: toProblem(error, language) }));
  const stateOf = (type: string, state: StreamState) => (sequence: number) => ({
    type,
    sequence,
    timestamp: new Date(clock.now()).toISOString(),
    state,
    stream_id: null,
    pipeline_id: live.settings?.pipelineId ?? null,
    form,
  });
  const live = createLiveStream(
    clientId,
    { connections, clock },
    {
      onAnswer: (answer) => sender.show((sequence) => encodeAnswer(answer, sequence, form, language)),
      onState: (state) => sender.say(stateOf('stream_state', state)),
      onError: tell,
      isReady: sender.isReady,
    },
  );

  /** Starts, or changes what is wished for; nothing happens when nothing is new. */
  function configure(wishes: Wishes, isFrame: boolean): void {
    const before = live.settings;
    const settings: LiveSettings = {
      pipelineId: wishes.pipeline_id ?? before?.pipelineId ?? '',
      parameters: wishes.parameters ?? before?.parameters ?? {},
      output: wishes.output ?? before?.output ?? 'image',
      sourceId: wishes.source_id ?? before?.sourceId ?? terms.sourceId,
    };
    if (settings.pipelineId === '') throw noPipeline();
    if (isFrame && before !== undefined && live.state !== 'idle' && isSame(before, settings)) return;
    live.configure(settings);
  }

  function offer({ wishes, id, timestampMs, bytes }: Extract<ClientMessage, { readonly kind: 'frame' }>): void {
    frames += 1;
    configure(wishes, true);
    live.offer({ id: id ?? frames, timestampMs: timestampMs ?? clock.now(), bytes, arrivedAt: performance.now() });
  }

  function act(message: ClientMessage): void {
    if (message.kind === 'frame') offer(message);
    else if (message.kind === 'start' || message.kind === 'config') configure(message.wishes, false);
    else live[message.kind]();
    if (message.kind === 'config') sender.say(stateOf('stream_state', live.state));
  }

  sender.say(stateOf('snapshot', 'idle'));
  socket.onMessage((data, isBinary) => {
    try {
      act(parseClientMessage(data, isBinary));
    } catch (thrown) {
      tell(thrown instanceof AppError ? thrown : new AppError('INTERNAL', { cause: thrown }));
      faults += 1;
      if (faults >= maxFaults) socket.close(1008, 'TOO_MANY_FAULTS');
    }
  });
  const timer = setInterval(() => {
    live.tick();
    sender.tick();
    if (live.state === 'idle' || live.state === 'stopped') return;
    const timestamp = new Date(clock.now()).toISOString();
    sender.say((sequence) => ({ type: 'stream_stats', sequence, timestamp, ...live.figures(), unsent: sender.unsent }));
  }, tickMs);
  const close = (): void => {
    clearInterval(timer);
    live.stop();
  };
  if (socket.closed.aborted) close();
  else socket.closed.addEventListener('abort', close, { once: true });
}

/** Clients often repeat everything with every frame. */
function isSame(one: LiveSettings, other: LiveSettings): boolean {
  return (
    one.pipelineId === other.pipelineId &&
    one.output === other.output &&
    one.sourceId === other.sourceId &&
    (one.parameters === other.parameters || JSON.stringify(one.parameters) === JSON.stringify(other.parameters))
  );
}

function toProblem(error: AppError, language: Language) {
  return {
    code: error.code,
    message: error.detail[language],
    ...(error.retryAfterSeconds !== undefined && { retry_after: error.retryAfterSeconds }),
  };
}

function noPipeline(): AppError {
  const message = {
    ja: '最初のフレームか start で pipeline_id を指定してください',
    en: 'Name a pipeline_id with the first frame or with start',
  };
  return new AppError('VALIDATION_ERROR', { detail: message, faults: [{ field: 'pipeline_id', message }] });
}
