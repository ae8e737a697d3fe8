/** Whether an image file is whole, told from a few of its bytes where its format allows. */
import type { ImageFormat } from '@imageflow/core';

export interface FileEnds {
  /** The first bytes, at least 64 when there are as many. */
  readonly head: Uint8Array;
  /** The last bytes, at least 64 when there are as many. */
  readonly tail: Uint8Array;
  readonly sizeBytes: number;
}

/**
 * "unknown" has to be decided by decoding, as for a JPEG always: one that ends as it should may lack its lower half.
 * "whole" says nothing about the middle; a service that decodes it does.
 */
export function judgeEnds(format: ImageFormat, ends: FileEnds): 'whole' | 'unknown' {
  const isWhole = checks[format]?.(ends) ?? false;
  return isWhole ? 'whole' : 'unknown';
}

const checks: Partial<Record<ImageFormat, (ends: FileEnds) => boolean>> = {
  // The chunk IEND with its checksum.
  png: ({ tail }) => endsWith(tail, [0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]),
  // The length that the RIFF header announces.
  webp: ({ head, sizeBytes }) => head.length >= 8 && viewOf(head).getUint32(4, true) + 8 <= sizeBytes,
};

function endsWith(bytes: Uint8Array, end: readonly number[]): boolean {
  return bytes.length >= end.length && end.every((byte, index) => bytes[bytes.length - end.length + index] === byte);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
