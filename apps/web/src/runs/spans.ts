/** The steps of a run on one scale of time, as shares of it. */
import type { Run, RunStep } from '../queries.ts';

export interface Span {
  readonly step: RunStep;
  /** Share of the whole, 0 to 1; undefined: not begun. */
  readonly from: number | undefined;
  readonly to: number;
}

/** `now` in ms since 1970 is the end of what still runs. A step's end is never before its start, whatever the clocks say. */
export function spansOf(run: Pick<Run, 'created_at' | 'finished_at' | 'steps'>, now: number): { spans: readonly Span[]; totalMs: number } {
  const begin = Date.parse(run.created_at);
  const end = run.finished_at === null ? now : Date.parse(run.finished_at);
  const totalMs = Math.max(end - begin, 1);
  const share = (at: number): number => Math.min(Math.max((at - begin) / totalMs, 0), 1);
  const spans = run.steps.map((step): Span => {
    if (step.started_at === null) return { step, from: undefined, to: 0 };
    const from = share(Date.parse(step.started_at));
    return { step, from, to: Math.max(from, share(step.finished_at === null ? end : Date.parse(step.finished_at))) };
  });
  return { spans, totalMs };
}
