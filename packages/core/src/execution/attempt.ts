/** One attempt of a step: a call with a limit to its time, that can be stopped. */
import { AppError } from '../errors.ts';
import type { Clock, StepAnswer, StepCall, StepInvoker } from '../ports.ts';

export type AttemptEnd =
  | { readonly kind: 'answered'; readonly answer: StepAnswer; readonly elapsedMs: number }
  | { readonly kind: 'failed'; readonly error: unknown; readonly elapsedMs: number };

/** Calls `onEnd` once, unless it is stopped before; answers how to stop it. */
export function startAttempt(call: StepCall, invoker: StepInvoker, clock: Clock, onEnd: (end: AttemptEnd) => void): () => void {
  const begunAt = clock.now();
  const abort = new AbortController();
  let isOver = false;
  const end = (kind: { kind: 'answered'; answer: StepAnswer } | { kind: 'failed'; error: unknown }): void => {
    if (isOver) return;
    isOver = true;
    stopTimer();
    onEnd({ ...kind, elapsedMs: clock.now() - begunAt });
  };
  // The service gets the same limit as its deadline; this timer does not rely on its answer.
  const stopTimer = clock.after(call.timeoutMs, () => {
    abort.abort(new AppError('STEP_TIMEOUT'));
    end({ kind: 'failed', error: timedOut(call) });
  });
  invoker.invoke(call, abort.signal).then(
    (answer) => end({ kind: 'answered', answer }),
    (error: unknown) => end({ kind: 'failed', error }),
  );
  return () => {
    isOver = true;
    stopTimer();
    abort.abort(new AppError('CANCELLED'));
  };
}

function timedOut({ stepId, timeoutMs }: StepCall): AppError {
  return new AppError('STEP_TIMEOUT', {
    detail: {
      ja: `ステップ「${stepId}」が制限時間 ${timeoutMs} ms を超えました`,
      en: `The step "${stepId}" took longer than its time-out of ${timeoutMs} ms`,
    },
  });
}
