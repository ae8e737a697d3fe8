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
 * "unknown" has to be decided by decoding: cameras put things behind the end of a JPEG, which is no fault.
 * "whole" says nothing about the middle; a service that decodes it does.
 */
export function judgeEnds(format: ImageFormat, ends: FileEnds): 'whole' | 'unknown' {
  const isWhole = checks[format]?.(ends) ?? false;
  return isWhole ? 'whole' : 'unknown';
}

const checks: Partial<Record<ImageFormat, (ends: FileEnds) => boolean>> = {
  // The end marker, perhaps followed by padding.
  jpeg: ({ tail }) => endsWith(withoutPadding(tail), [0xff, 0xd9]),
  // The chunk IEND with its checksum.
  png: ({ tail }) => endsWith(tail, [0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]),
  // The length that the RIFF header announces.
  webp: ({ head, sizeBytes }) => head.length >= 8 && viewOf(head).getUint32(4, true) + 8 <= sizeBytes,
};

function withoutPadding(tail: Uint8Array): Uint8Array {
  let end = tail.length;
  while (end > 0 && [0x00, 0x0a, 0x0d, 0x20].includes(tail[end - 1] ?? -1)) end -= 1;
  return tail.subarray(0, end);
}

function endsWith(bytes: Uint8Array, end: readonly number[]): boolean {
  return bytes.length >= end.length && end.every((byte, index) => bytes[bytes.length - end.length + index] === byte);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
