/** 16-bit floats (IEEE 754 binary16) as bit patterns. */

/** Float32 of each of the 65,536 patterns: a look-up beats arithmetic for the 700,000 values of a detector's output. */
let table: Float32Array | undefined;

export function fromFloat16(bits: Uint16Array): Float32Array {
  table ??= buildTable();
  const values = new Float32Array(bits.length);
  for (let index = 0; index < bits.length; index += 1) values[index] = table[bits[index] as number] as number;
  return values;
}

/** Rounds to nearest, ties to even; beyond the range: infinity. */
export function toFloat16(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size >= 65_520) return sign | 0x7c00;
  // Below 2^-14 the step is fixed; above, a step is 1/1024 of the power of two below the value.
  const exponent = Math.max(Math.floor(Math.log2(size || 1e-9)), -14);
  const steps = roundToEven(size / 2 ** (exponent - 10));
  return sign | (exponent === -14 ? steps : ((exponent + 15) << 10) + (steps - 1024));
}

function roundToEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}

function buildTable(): Float32Array {
  return Float32Array.from({ length: 0x10000 }, (_, bits) => {
    const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
    const sign = bits & 0x8000 ? -1 : 1;
    if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}
