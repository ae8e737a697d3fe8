/**
 * Rounds to `decimals` places, halves away from zero (JIS Z 8401 rule B, the rounding method of ASTM E29), on the shortest decimal text of the
 * number: 10.055 becomes 10.06 though the binary number is a little below the half.
 */
export function roundHalfAway(value: number, decimals: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  const { digits, exponent } = decimalOf(Math.abs(value));
  // The value is digits × 10^exponent; this many digits lie behind the last place wanted.
  const behind = -exponent - decimals;
  if (behind <= 0) return value;
  const kept = behind > digits.length ? '0' : digits.slice(0, digits.length - behind) || '0';
  const next = behind > digits.length ? '0' : digits.charAt(digits.length - behind);
  const rounded = BigInt(kept) + (next >= '5' ? 1n : 0n);
  return Math.sign(value) * Number(`${rounded}e${-decimals}`);
}

/** A positive number as its shortest digits and the power of ten of the last of them. */
function decimalOf(value: number): { readonly digits: string; readonly exponent: number } {
  const [mantissa = '0', power = '0'] = value.toExponential().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: whole + fraction, exponent: Number(power) - fraction.length };
}
