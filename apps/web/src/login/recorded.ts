/** Five sample surfaces and what the shipped demo model found on them, as recorded in samples/defects. */

import clean from '../../../../samples/defects/4000_0001.png';
import soiled from '../../../../samples/defects/4000_0002.png';
import scratched from '../../../../samples/defects/4000_0003.png';
import pressed from '../../../../samples/defects/4000_0005.png';
import mixed from '../../../../samples/defects/4000_0010.png';
import predictions from '../../../../samples/defects/predictions.json' with { type: 'json' };

export interface Detection {
  readonly label: string;
  readonly score: number;
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

export interface Recording {
  readonly file: string;
  readonly picture: string;
  readonly detections: readonly Detection[];
}

/** Pixels of a side of the surfaces, which are square. */
export const surfaceSize = 320;

const found: Readonly<Record<string, readonly { readonly label: string; readonly score: number; readonly bbox: readonly number[] }[]>> =
  predictions.images;

export const recordings: readonly Recording[] = Object.entries({
  '4000_0010.png': mixed,
  '4000_0002.png': soiled,
  '4000_0003.png': scratched,
  '4000_0005.png': pressed,
  '4000_0001.png': clean,
}).map(([file, picture]) => ({ file, picture, detections: (found[file] ?? []).map(toDetection) }));

function toDetection({ label, score, bbox }: { label: string; score: number; bbox: readonly number[] }): Detection {
  const [left = 0, top = 0, right = 0, bottom = 0] = bbox;
  return { label, score, box: { x: left, y: top, width: right - left, height: bottom - top } };
}
