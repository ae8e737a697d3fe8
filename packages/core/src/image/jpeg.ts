/** The segments of a JPEG before its first scan, and what a decoder's warnings about the rest mean. */

const startOfScan = 0xda;

/**
 * A copy without stray bytes between the segments before the first scan; `jpeg` itself when there are none. Some cameras leave such bytes, and a
 * decoder that is told to be strict takes them for damage.
 */
export function withoutStrayBytes(jpeg: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = [];
  let from = 0;
  for (let at = 2; at + 4 <= jpeg.length; ) {
    const marker = nextMarker(jpeg, at);
    if (marker === undefined) return jpeg;
    if (marker > at) {
      kept.push(jpeg.subarray(from, at));
      from = marker;
    }
    if (jpeg[marker + 1] === startOfScan) break;
    at = marker + 2 + (((jpeg[marker + 2] ?? 0) << 8) | (jpeg[marker + 3] ?? 0));
  }
  return kept.length === 0 ? jpeg : join([...kept, jpeg.subarray(from)]);
}

/** Fill bytes (FF) before a marker belong to it. */
function nextMarker(jpeg: Uint8Array, start: number): number | undefined {
  for (let at = start; at + 1 < jpeg.length; at += 1) {
    const next = jpeg[at + 1];
    if (jpeg[at] === 0xff && next !== 0 && next !== 0xff) return at;
  }
  return undefined;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What a decoder says of a head that every viewer takes: none of it touches the picture. */
const harmless = /Unknown Adobe color transform|Unrecognized JFIF|unknown JFIF revision|extraneous bytes before marker 0x(?!d9)/i;

/** Whether a strict decoder refused a file for nothing but such things. */
export function isHarmlessWarning(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return cause.message.split('\n').every((line) => line.trim() === '' || harmless.test(line));
}
