/** Input tensors, used again and again: a fresh one of 640 × 640 is 4.9 MB to be zeroed and collected. */
import type { TensorType } from '../inference/messages.ts';
import type { Plane } from './bilinear.ts';

export interface TensorPool {
  /** Contents are left over from earlier images. */
  take(type: TensorType, length: number): Plane;
  give(buffer: ArrayBuffer): void;
}

/** As many as calls are worked on at once on small machines. */
const spareLimit = 4;

export function createTensorPool(): TensorPool {
  const spares: ArrayBuffer[] = [];
  return {
    take(type, length) {
      const byteLength = length * (type === 'float16' ? 2 : 4);
      const place = spares.findIndex((spare) => spare.byteLength === byteLength);
      const [spare] = place < 0 ? [] : spares.splice(place, 1);
      const buffer = spare ?? new ArrayBuffer(byteLength);
      return type === 'float16' ? new Uint16Array(buffer) : new Float32Array(buffer);
    },
    give(buffer) {
      spares.push(buffer);
      if (spares.length > spareLimit) spares.shift();
    },
  };
}
