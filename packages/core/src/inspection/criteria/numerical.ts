/** A measure within its tolerance, with the uncertainty of the gauge: JCGM 106:2012 and ISO 14253-1:2017. */
import { normalCdf, normalQuantile } from '../statistics/normal.ts';
import type { Calibration, NumericalCriterion } from './criterion.ts';
import { found, notEvaluated, type Outcome, passed, type View } from './outcome.ts';
import { roundHalfAway } from './rounding.ts';

export function judgeNumerical(criterion: NumericalCriterion, view: View): Outcome {
  const measured = view.measures[criterion.measure];
  if (measured === undefined || Number.isNaN(measured)) return notEvaluated('MEASURE_MISSING', { about: criterion.measure });
  const { lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY, decimals, rule, calibration } = criterion;
  const exact = calibration.scale * measured;
  const value = decimals === undefined ? exact : roundHalfAway(exact, decimals);
  const u = uncertaintyAt(value, criterion.u, calibration);
  const guard = guardBand(criterion, value);
  const conformance = conformanceProbability(value, u, lower, upper);
  if (value >= lower + guard && value <= upper - guard) return passed(conformance);
  const limit = nearestLimit(value, lower, upper);
  const isProvenNg = value < lower - guard || value > upper + guard;
  if (rule === 'iso14253' && !isProvenNg)
    return found({ code: 'NOT_PROVEN', verdict: 'REVIEW', about: criterion.measure, value, limit }, conformance);
  return found({ code: 'OUT_OF_TOLERANCE', verdict: 'NG', about: criterion.measure, value, limit }, 1 - conformance);
}

/** Standard uncertainty of a calibrated value: the gauge's own, and that of the scale, which grows with the value. */
function uncertaintyAt(value: number, gauge: number, { scale, u }: Calibration): number {
  return Math.hypot(gauge, (value * u) / scale);
}

/** How far from a limit a value must lie to be proven; 0 for the rule simple. */
export function guardBand({ rule, conformance, u, calibration }: NumericalCriterion, value: number): number {
  return rule === 'simple' ? 0 : normalQuantile(conformance) * uncertaintyAt(value, u, calibration);
}

/** The probability that the true value lies within tolerance (JCGM 106:2012, 7.3). With u = 0 it is 0 or 1. */
export function conformanceProbability(value: number, u: number, lower: number, upper: number): number {
  if (u === 0) return value >= lower && value <= upper ? 1 : 0;
  const [below, above] = [(lower - value) / u, (upper - value) / u];
  // Both in the same tail, so that a difference of two numbers near 1 does not lose what is left.
  return below > 0 ? normalCdf(-below) - normalCdf(-above) : normalCdf(above) - normalCdf(below);
}

function nearestLimit(value: number, lower: number, upper: number): number {
  return Math.abs(value - lower) < Math.abs(value - upper) ? lower : upper;
}
