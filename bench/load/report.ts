/** Figures of streams as a scenario shows them. */
import { percentile, round, summarise } from '../figures.ts';
import type { Figures } from '../scenario.ts';
import type { StreamFigures } from './camera.ts';

export function describe({ answers, sent, counts, failed, firstError, astray, expected, found }: StreamFigures): Figures {
  const infer = answers.map(({ inferMs }) => inferMs);
  return {
    ...summarise(latenciesOf(answers)),
    infer_p50_ms: round(percentile(infer, 0.5)),
    sent,
    dropped: counts.dropped,
    failed,
    astray,
    // The same for every way to the platform: each answer is that of its own frame.
    defects_found_share: round(found / Math.max(1, expected), 3),
    ...(firstError !== undefined && { first_error: firstError }),
  };
}

export function latenciesOf(answers: StreamFigures['answers']): number[] {
  return answers.map(({ latencyMs }) => latencyMs);
}

/** p95 of the last minute in p95 of the first; of a shorter run, of its halves. */
export function growthOf(answers: StreamFigures['answers']): number {
  const lastMs = answers.at(-1)?.atMs ?? 0;
  const windowMs = Math.min(60_000, lastMs / 2);
  const within = (from: number, to: number) => latenciesOf(answers.filter(({ atMs }) => atMs >= from && atMs <= to));
  return round(percentile(within(lastMs - windowMs, lastMs), 0.95) / percentile(within(0, windowMs), 0.95));
}

export function prefixed(prefix: string, figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [prefix + name, value]));
}
