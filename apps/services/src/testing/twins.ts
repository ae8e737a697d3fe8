/** The same upright picture, stored turned and mirrored with the EXIF orientation that undoes it. */
import type { Pixels } from '../image/source.ts';
import { paint, pixelAt } from './pixels.ts';

export const orientations = [1, 2, 3, 4, 5, 6, 7, 8] as const;
export type Orientation = (typeof orientations)[number];

/** Pixels as a camera held that way stores them: shown by `orientation` they are `upright` again (EXIF 2.32, 4.6.4.A). */
export function storeTurned(upright: Pixels, orientation: Orientation): Pixels {
  const { width: w, height: h } = upright;
  const isSideways = orientation >= 5;
  const [width, height] = isSideways ? [h, w] : [w, h];
  return paint(width, height, (x, y) => {
    const [fromX, fromY] = shownAt(orientation, x, y, w, h);
    return pixelAt(upright, fromX, fromY);
  });
}

/** Where the stored pixel (x, y) is shown in the upright picture of w × h. */
function shownAt(orientation: Orientation, x: number, y: number, w: number, h: number): readonly [number, number] {
  switch (orientation) {
    case 1:
      return [x, y];
    case 2:
      return [w - 1 - x, y];
    case 3:
      return [w - 1 - x, h - 1 - y];
    case 4:
      return [x, h - 1 - y];
    case 5:
      return [y, x];
    case 6:
      // Row 0 is the right-hand side, column 0 the top.
      return [w - 1 - y, x];
    case 7:
      return [w - 1 - y, h - 1 - x];
    case 8:
      // Row 0 is the left-hand side, column 0 the bottom.
      return [y, h - 1 - x];
  }
}
