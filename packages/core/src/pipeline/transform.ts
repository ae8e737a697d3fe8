/** Affine maps between the upright original and the images made from it. */
import type { Box, Transform } from './data.ts';

/** The linear part of a map: x' = a·x + b·y + tx, y' = c·x + d·y + ty. */
export type AffineMap = Pick<Transform, 'a' | 'b' | 'tx' | 'c' | 'd' | 'ty'>;

/** The map of an original onto itself. */
export function identityTransform(originalWidth: number, originalHeight: number): Transform {
  return { a: 1, b: 0, tx: 0, c: 0, d: 1, ty: 0, original_width: originalWidth, original_height: originalHeight };
}

/** First `first`, then `then`: the map of a step's output when `first` is the one of its input. */
export function composeTransform(first: Transform, then: AffineMap): Transform {
  return {
    a: then.a * first.a + then.b * first.c,
    b: then.a * first.b + then.b * first.d,
    tx: then.a * first.tx + then.b * first.ty + then.tx,
    c: then.c * first.a + then.d * first.c,
    d: then.c * first.b + then.d * first.d,
    ty: then.c * first.tx + then.d * first.ty + then.ty,
    original_width: first.original_width,
    original_height: first.original_height,
  };
}

/** The way back; undefined when the map flattens the plane and has none. */
export function invertMap(map: AffineMap): AffineMap | undefined {
  const determinant = map.a * map.d - map.b * map.c;
  if (determinant === 0 || !Number.isFinite(determinant)) return undefined;
  const [a, b, c, d] = [map.d / determinant, -map.b / determinant, -map.c / determinant, map.a / determinant];
  return { a, b, c, d, tx: -(a * map.tx + b * map.ty), ty: -(c * map.tx + d * map.ty) };
}

/** The smallest upright box that holds the mapped corners of `box`. */
export function mapBox(map: AffineMap, box: Box): Box {
  const corners = [
    [box.x, box.y],
    [box.x + box.width, box.y],
    [box.x, box.y + box.height],
    [box.x + box.width, box.y + box.height],
  ] as const;
  const xs = corners.map(([x, y]) => map.a * x + map.b * y + map.tx);
  const ys = corners.map(([x, y]) => map.c * x + map.d * y + map.ty);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return { x: left, y: top, width: Math.max(...xs) - left, height: Math.max(...ys) - top };
}

/** A box found in an image, in pixels of the upright original and inside it. */
export function toOriginalBox(transform: Transform, box: Box): Box {
  const back = invertMap(transform);
  return back === undefined ? box : clipBox(mapBox(back, box), transform.original_width, transform.original_height);
}

/** The part of a box that lies inside an image of this size. */
export function clipBox(box: Box, width: number, height: number): Box {
  const [left, top] = [clamp(box.x, width), clamp(box.y, height)];
  return { x: left, y: top, width: clamp(box.x + box.width, width) - left, height: clamp(box.y + box.height, height) - top };
}

function clamp(value: number, limit: number): number {
  return Math.min(Math.max(value, 0), limit);
}
