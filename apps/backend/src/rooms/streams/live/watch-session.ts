/** A connection that watches a stream of the server. */
import type { StreamState } from '@imageflow/contract';
import type { Clock } from '@imageflow/core';
import type { Language } from '../../../doors/language.ts';
import type { LiveSocket } from '../../../doors/socket.ts';
import type { RunnerStatus, Watched } from '../watched.ts';
import { encodeAnswer, type Form } from './answers.ts';
import { createSender } from './sender.ts';

const tickMs = 1_000;

export function runWatchSession(
  socket: LiveSocket,
  stream: Watched,
  { form, language, clock }: { readonly form: Form; readonly language: Language; readonly clock: Clock },
): void {
  const sender = createSender(socket);
  const stateOf = (type: string, state: StreamState) => (sequence: number) => ({
    type,
    sequence,
    timestamp: new Date(clock.now()).toISOString(),
    state,
    stream_id: stream.row.id,
    pipeline_id: stream.row.pipeline_id,
    form,
  });
  let shown: StreamState = stream.status().state;
  const tell = ({ state, error }: RunnerStatus): void => {
    if (state === shown) return;
    shown = state;
    if (error !== null)
      sender.say((sequence) => ({ type: 'error', sequence, error: { code: error.code, message: error.message[language] } }));
    sender.say(stateOf('stream_state', state));
    if (state === 'stopped') socket.close(1000, 'STOPPED');
  };
  sender.say(stateOf('snapshot', shown));
  const unwatch = stream.watch({
    onAnswer: (answer) => sender.show((sequence) => encodeAnswer(answer, sequence, form, language, answer.frame.bytes)),
    onStatus: tell,
  });
  // What a watcher sends is of no use here, but must not fill the memory.
  socket.onMessage(() => undefined);
  const timer = setInterval(() => {
    sender.tick();
    const status = stream.status();
    tell(status);
    const timestamp = new Date(clock.now()).toISOString();
    sender.say((sequence) => ({ type: 'stream_stats', sequence, timestamp, ...status.figures, unsent: sender.unsent }));
  }, tickMs);
  const close = (): void => {
    clearInterval(timer);
    unwatch();
  };
  if (socket.closed.aborted) close();
  else socket.closed.addEventListener('abort', close, { once: true });
}
