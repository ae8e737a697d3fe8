/** A classifier's output as probabilities. */

export function softmax(logits: Float32Array): Float32Array {
  let highest = Number.NEGATIVE_INFINITY;
  for (const value of logits) highest = Math.max(highest, value);
  const weights = logits.map((value) => Math.exp(value - highest));
  let sum = 0;
  for (const weight of weights) sum += weight;
  return weights.map((weight) => weight / sum);
}

/** Whether the values can be probabilities of exclusive classes; 16-bit models add up less exactly. */
export function isDistribution(values: Float32Array): boolean {
  let sum = 0;
  for (const value of values) {
    if (!(value >= 0)) return false;
    sum += value;
  }
  return Math.abs(sum - 1) < 0.01;
}

/** Class ids, best first. */
export function rank(scores: Float32Array): number[] {
  return Array.from(scores.keys()).sort((left, right) => (scores[right] ?? 0) - (scores[left] ?? 0));
}
