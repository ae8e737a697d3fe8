/** The standard normal distribution. */
import { gammaP, gammaQ } from './gamma.ts';

/** Φ(z), relative error below 1e-14 in both tails. */
export function normalCdf(z: number): number {
  if (Number.isNaN(z)) return Number.NaN;
  const half = (z * z) / 2;
  if (z < 0) return gammaQ(0.5, half) / 2;
  return z < 1 ? (1 + gammaP(0.5, half)) / 2 : 1 - gammaQ(0.5, half) / 2;
}

function normalPdf(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * Φ⁻¹(p) for 0 ≤ p ≤ 1: Acklam's rational approximation (relative error 1.15e-9), made exact by one step of Halley's method.
 */
export function normalQuantile(p: number): number {
  if (p <= 0) return p === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (p >= 1) return p === 1 ? Number.POSITIVE_INFINITY : Number.NaN;
  // From the nearer tail, so that nothing is lost by 1 − p.
  if (p > 0.5) return -normalQuantile(1 - p);
  const z = approximate(p);
  const error = (normalCdf(z) - p) / normalPdf(z);
  return z - error / (1 + (z * error) / 2);
}

const centralEdge = 0.02425;
const tail = {
  top: [-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783],
  bottom: [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1],
};
const centre = {
  top: [-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1, 2.506628277459239],
  bottom: [-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1, 1],
};

function approximate(p: number): number {
  if (p < centralEdge) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(tail.top, q) / polynomial(tail.bottom, q);
  }
  const q = p - 0.5;
  return (polynomial(centre.top, q * q) * q) / polynomial(centre.bottom, q * q);
}

/** Highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
