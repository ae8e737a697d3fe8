/**
 * Gamma functions: ln Γ by Lanczos' series, the regularised incomplete ones by series and continued fraction as in Press et al., Numerical
 * Recipes, 3rd ed., §6.1–6.2.
 */

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x > 0. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const [first = 0, ...rest] = lanczos;
  const sum = rest.reduce((all, coefficient, index) => all + coefficient / (x + index), first);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

const epsilon = 1e-16;
const tiny = 1e-300;
/** More than any argument of ours needs; a limit so that no input can hang. */
const mostRounds = 100_000;

/** P(a, x), the lower regularised incomplete gamma function; a > 0, x ≥ 0. */
export function gammaP(a: number, x: number): number {
  if (x <= 0) return 0;
  return x < a + 1 ? series(a, x) : 1 - continuedFraction(a, x);
}

/** Q(a, x) = 1 − P(a, x), exact in its own tail. */
export function gammaQ(a: number, x: number): number {
  if (x <= 0) return 1;
  return x < a + 1 ? 1 - series(a, x) : continuedFraction(a, x);
}

function prefix(a: number, x: number): number {
  return Math.exp(-x + a * Math.log(x) - logGamma(a));
}

function series(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < mostRounds; n += 1) {
    term *= x / (a + n);
    sum += term;
    if (term < sum * epsilon) break;
  }
  return sum * prefix(a, x);
}

/** Lentz's method. */
function continuedFraction(a: number, x: number): number {
  if (x === Number.POSITIVE_INFINITY) return 0;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let h = d;
  for (let n = 1; n < mostRounds; n += 1) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / nonZero(an * d + b);
    c = nonZero(b + an / c);
    const step = d * c;
    h *= step;
    if (Math.abs(step - 1) < epsilon * 4) break;
  }
  return h * prefix(a, x);
}

function nonZero(value: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}
