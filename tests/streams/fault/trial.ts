/** One thing that live video must get through. */
import type { StreamFigures } from '@imageflow/contract';
import type { StreamPlant } from './plant.ts';

export interface TrialNeeds {
  readonly plant: StreamPlant;
  readonly durationMs: number;
  readonly log: (line: string) => void;
}

export interface Outcome {
  readonly figures: Readonly<Record<string, unknown>>;
  /** In words; empty when all is well. */
  readonly anomalies: readonly string[];
}

export type Trial = (needs: TrialNeeds) => Promise<Outcome>;

/** What is wrong with a stream's counts: every frame is answered, dropped, waiting or the one in work. */
export function audit({ received, answered, dropped, waiting }: StreamFigures): readonly string[] {
  const inWork = received - answered - dropped - waiting;
  const isRight = (inWork === 0 || inWork === 1) && waiting <= 2;
  return isRight ? [] : [`of ${received} frames ${answered} are answered, ${dropped} dropped, ${waiting} wait`];
}
