/** Memory for pixels and tensors, used again and again: a fresh tensor of 640 × 640 is 4.9 MB to be mapped, zeroed and collected. */
import type { TensorType } from '../inference/messages.ts';
import type { Plane } from './bilinear.ts';

export interface TensorPool {
  /** Contents are left over from earlier images. */
  take(type: TensorType, length: number): Plane;
  readonly takeBytes: (length: number) => Uint8Array;
  give(buffer: ArrayBuffer): void;
}

/** A tensor and an image of each of the calls that are worked on at once on small machines. */
const spareLimit = 6;
/** Images of more than 10 megapixels are rare enough to be mapped anew. */
const spareBytesLimit = 32 * 1024 * 1024;

export function createTensorPool(): TensorPool {
  const spares: ArrayBuffer[] = [];

  function take(byteLength: number): ArrayBuffer {
    const place = spares.findIndex((spare) => spare.byteLength === byteLength);
    const [spare] = place < 0 ? [] : spares.splice(place, 1);
    return spare ?? new ArrayBuffer(byteLength);
  }

  return {
    take: (type, length) => (type === 'float16' ? new Uint16Array(take(length * 2)) : new Float32Array(take(length * 4))),
    takeBytes: (length) => new Uint8Array(take(length)),
    give(buffer) {
      if (buffer.byteLength > spareBytesLimit) return;
      spares.push(buffer);
      if (spares.length > spareLimit) spares.shift();
    },
  };
}
