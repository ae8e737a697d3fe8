/** Findings by the classes of a criterion. */
import type { Detection } from '../../pipeline/data.ts';
import type { ClassList } from './criterion.ts';
import { notEvaluated, type Outcome, type View } from './outcome.ts';

export function findingsOf(classes: ClassList, detections: readonly Detection[]): readonly Detection[] {
  return classes === '*' ? detections : detections.filter((detection) => classes.includes(detection.class_name));
}

/** A class that the run cannot report is never found: a misspelt name would pass every part. Undefined: all are known, or nobody knows. */
export function findUnknown(listed: ClassList, view: View): Outcome | undefined {
  const { knownClasses } = view;
  if (listed === '*' || knownClasses === undefined) return undefined;
  const unknown = listed.find((name) => !knownClasses.includes(name));
  return unknown === undefined ? undefined : notEvaluated('CLASS_UNKNOWN', { about: unknown });
}
