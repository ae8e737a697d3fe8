/** Fits an image into a model's input: scaled as much as it goes, centred, the rest grey. Same rounding as the reference implementation. */
import type { Box } from '@imageflow/core';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Letterbox {
  /** Of the whole input. */
  readonly width: number;
  readonly height: number;
  /** Of the image inside it. */
  readonly inner: Size;
  readonly left: number;
  readonly top: number;
  /** Input pixels per image pixel, by axis: rounding `inner` makes them differ. */
  readonly gainX: number;
  readonly gainY: number;
}

export const padValue = 114;

/** `stride` for a model with dynamic sides: the padding ends at its next multiple instead of at the full size. */
export function planLetterbox(image: Size, input: Size, stride?: number): Letterbox {
  const ratio = Math.min(input.height / image.height, input.width / image.width);
  const inner = { width: scaled(image.width, ratio), height: scaled(image.height, ratio) };
  const spareX = input.width - inner.width;
  const spareY = input.height - inner.height;
  const padX = stride === undefined ? spareX : spareX % stride;
  const padY = stride === undefined ? spareY : spareY % stride;
  return {
    width: inner.width + padX,
    height: inner.height + padY,
    inner,
    left: before(padX),
    top: before(padY),
    gainX: inner.width / image.width,
    gainY: inner.height / image.height,
  };
}

/** From corners in the input to a box in the image, cut at its edges. Undefined: nothing of it lies inside. */
export function fromLetterbox(plan: Letterbox, image: Size, corners: readonly [number, number, number, number]): Box | undefined {
  const [x1, y1, x2, y2] = corners;
  const left = within((x1 - plan.left) / plan.gainX, image.width);
  const top = within((y1 - plan.top) / plan.gainY, image.height);
  const width = within((x2 - plan.left) / plan.gainX, image.width) - left;
  const height = within((y2 - plan.top) / plan.gainY, image.height) - top;
  return width > 0 && height > 0 ? { x: left, y: top, width, height } : undefined;
}

/** An odd pixel goes to the right and the bottom. */
function before(padding: number): number {
  return Math.floor(padding / 2);
}

function within(value: number, limit: number): number {
  return Math.min(Math.max(value, 0), limit);
}

/** A strip of 20,000 × 10 pixels still gets one row. */
function scaled(side: number, ratio: number): number {
  return Math.max(1, roundHalfToEven(side * ratio));
}

/** As Python rounds: 319.5 and 320.5 both become 320. */
function roundHalfToEven(value: number): number {
  const down = Math.floor(value);
  if (value - down !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}
