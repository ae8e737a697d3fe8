/** Which size an image gets, and the map from the old pixels to the new. */
import { type AffineMap, AppError } from '@imageflow/core';
import { sizeLimit } from './schema.ts';

export type ResizeMode = 'fit' | 'fill' | 'stretch';

export interface ResizeRequestSize {
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly mode: ResizeMode;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rectangle extends Size {
  readonly left: number;
  readonly top: number;
}

/** Cut out `before`, scale to `scaled`, cut out `after`; each undefined when there is nothing to do. */
export interface ResizePlan {
  readonly before: Rectangle | undefined;
  readonly scaled: Size | undefined;
  readonly after: Rectangle | undefined;
  readonly output: Size;
  /** From pixels of the input to pixels of the output. */
  readonly map: AffineMap;
}

/** Throws UNPROCESSABLE when the result would have a side above 16384 or more than `maxPixels`. */
export function planResize(input: Size, wanted: ResizeRequestSize, maxPixels: number): ResizePlan {
  const plan = choosePlan(input, wanted);
  const { width, height } = plan.output;
  if (width > sizeLimit || height > sizeLimit || width * height > maxPixels) throw tooLarge(plan.output, maxPixels);
  return plan;
}

function choosePlan(input: Size, wanted: ResizeRequestSize): ResizePlan {
  const { width, height } = wanted;
  if (width === undefined || height === undefined) return scaleTo(input, followSide(input, width, height));
  if (wanted.mode === 'stretch') return scaleTo(input, { width, height });
  return wanted.mode === 'fit' ? scaleTo(input, fitInside(input, { width, height })) : cover(input, { width, height });
}

function followSide(input: Size, width: number | undefined, height: number | undefined): Size {
  if (width !== undefined) return { width, height: atLeastOne(input.height * (width / input.width)) };
  if (height !== undefined) return { width: atLeastOne(input.width * (height / input.height)), height };
  return input;
}

function fitInside(input: Size, box: Size): Size {
  const scale = Math.min(box.width / input.width, box.height / input.height);
  return {
    width: Math.min(box.width, atLeastOne(input.width * scale)),
    height: Math.min(box.height, atLeastOne(input.height * scale)),
  };
}

function scaleTo(input: Size, output: Size): ResizePlan {
  const isSame = output.width === input.width && output.height === input.height;
  const map = scaleMap(input, output);
  return { before: undefined, scaled: isSame ? undefined : output, after: undefined, output, map };
}

/**
 * Scaling first and cutting after lets the JPEG decoder shrink while it decodes. A sliver blown up to a large square would pass through an
 * absurd size on that way, so it is cut first.
 */
function cover(input: Size, output: Size): ResizePlan {
  const scale = Math.max(output.width / input.width, output.height / input.height);
  const scaled = {
    width: Math.max(output.width, Math.round(input.width * scale)),
    height: Math.max(output.height, Math.round(input.height * scale)),
  };
  return scaled.width > sizeLimit || scaled.height > sizeLimit ? cutFirst(input, output, scale) : cutAfter(input, output, scaled);
}

function cutAfter(input: Size, output: Size, scaled: Size): ResizePlan {
  const after = centred(scaled, output);
  const map = moved(scaleMap(input, scaled), after);
  const needsCut = scaled.width !== output.width || scaled.height !== output.height;
  const needsScale = scaled.width !== input.width || scaled.height !== input.height;
  return { before: undefined, scaled: needsScale ? scaled : undefined, after: needsCut ? after : undefined, output, map };
}

function cutFirst(input: Size, output: Size, scale: number): ResizePlan {
  const part = {
    width: Math.min(input.width, atLeastOne(output.width / scale)),
    height: Math.min(input.height, atLeastOne(output.height / scale)),
  };
  const before = centred(input, part);
  const map = scaleMap(part, output);
  const corner = { left: before.left * map.a, top: before.top * map.d };
  return { before, scaled: output, after: undefined, output, map: moved(map, corner) };
}

/**
 * libvips lays an image that is enlarged in either direction half a pixel of the result to the right and down (measured with 8.18, all
 * kernels); shrinking is exact.
 */
function scaleMap(from: Size, to: Size): AffineMap {
  const [a, d] = [to.width / from.width, to.height / from.height];
  const shift = a > 1 || d > 1 ? 0.5 : 0;
  return { a, b: 0, tx: shift, c: 0, d, ty: shift };
}

function moved(map: AffineMap, corner: { left: number; top: number }): AffineMap {
  return { ...map, tx: map.tx - corner.left, ty: map.ty - corner.top };
}

function centred(outer: Size, inner: Size): Rectangle {
  const left = Math.floor((outer.width - inner.width) / 2);
  const top = Math.floor((outer.height - inner.height) / 2);
  return { left, top, width: inner.width, height: inner.height };
}

function atLeastOne(length: number): number {
  return Math.max(1, Math.round(length));
}

function tooLarge(output: Size, maxPixels: number): AppError {
  const { width, height } = output;
  const limit = (maxPixels / 1e6).toFixed(1);
  return new AppError('UNPROCESSABLE', {
    detail: {
      ja: `リサイズ後の大きさ ${width}×${height} は上限（一辺 ${sizeLimit} ピクセル、全体 ${limit} メガピクセル）を超えます`,
      en: `The resized image of ${width}×${height} would exceed the limit of ${sizeLimit} pixels a side and ${limit} megapixels`,
    },
    extensions: { width, height, max_pixels: maxPixels },
  });
}
