/** How well findings match the truth. */

/** Left, top, right, bottom. */
export type Box = readonly [number, number, number, number];
export interface Found {
  readonly label: string;
  readonly box: Box;
}

/** A finding is right when it overlaps a true object of its class by half, each object counted once. */
export function score(found: readonly Found[][], truth: readonly Found[][]): { precision: number; recall: number } {
  let hits = 0;
  found.forEach((findings, index) => {
    const open = [...(truth[index] ?? [])];
    for (const finding of findings) {
      const at = open.findIndex((object) => object.label === finding.label && overlap(object.box, finding.box) >= 0.5);
      if (at === -1) continue;
      open.splice(at, 1);
      hits += 1;
    }
  });
  return { precision: hits / found.flat().length, recall: hits / truth.flat().length };
}

/** Intersection over union. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = (box: Box): number => (box[2] - box[0]) * (box[3] - box[1]);
  return (width * height) / (area(a) + area(b) - width * height);
}
