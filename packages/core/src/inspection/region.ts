/** Regions of a photo, in pixels of the upright photo, and how much of them boxes cover. */
import type { Box } from '../pipeline/data.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export type RegionShape =
  | ({ readonly kind: 'box' } & Box)
  | { readonly kind: 'polygon'; readonly points: readonly Point[] }
  | { readonly kind: 'circle'; readonly x: number; readonly y: number; readonly radius: number };

/** Findings count in every `include` region that holds the centre of their box; `exclude` drops them. Without any `include` the whole photo counts. */
export interface Region {
  readonly name: string;
  readonly mode: 'include' | 'exclude';
  readonly shape: RegionShape;
}

export function centreOf({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

/** Edges belong to the region. */
export function contains(shape: RegionShape, point: Point): boolean {
  switch (shape.kind) {
    case 'box':
      return point.x >= shape.x && point.x <= shape.x + shape.width && point.y >= shape.y && point.y <= shape.y + shape.height;
    case 'circle':
      return Math.hypot(point.x - shape.x, point.y - shape.y) <= shape.radius;
    case 'polygon':
      return isInPolygon(shape.points, point);
  }
}

/** Square pixels. */
export function areaOf(shape: RegionShape): number {
  switch (shape.kind) {
    case 'box':
      return shape.width * shape.height;
    case 'circle':
      return Math.PI * shape.radius ** 2;
    case 'polygon':
      return polygonArea(shape.points);
  }
}

/** Area that the boxes cover together within the region; what several cover counts once. Of a circle right to 0.02 % of its area. */
export function coveredArea(boxes: readonly Box[], shape: RegionShape): number {
  if (shape.kind === 'box')
    return disjoint(boxes.flatMap((box) => cutBox(box, shape) ?? [])).reduce((sum, box) => sum + box.width * box.height, 0);
  const outline = shape.kind === 'circle' ? circleOutline(shape.x, shape.y, shape.radius) : shape.points;
  return disjoint(boxes).reduce((sum, box) => sum + polygonArea(clipPolygon(outline, box)), 0);
}

/** The box around what of `box` lies within the region; undefined when nothing does. */
export function cutBox(box: Box, shape: RegionShape): Box | undefined {
  const outline =
    shape.kind === 'box' ? cornersOf(shape) : shape.kind === 'circle' ? circleOutline(shape.x, shape.y, shape.radius) : shape.points;
  const cut = clipPolygon(outline, box);
  if (polygonArea(cut) === 0) return undefined;
  const [xs, ys] = [cut.map(({ x }) => x), cut.map(({ y }) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

function cornersOf({ x, y, width, height }: Box): readonly Point[] {
  return [
    { x, y },
    { x: x + width, y },
    { x: x + width, y: y + height },
    { x, y: y + height },
  ];
}

/** Crossing number; points on an edge are in. */
function isInPolygon(points: readonly Point[], point: Point): boolean {
  let isInside = false;
  for (const [from, to] of edgesOf(points)) {
    if (isOnEdge(from, to, point)) return true;
    const isCrossed = from.y > point.y !== to.y > point.y && point.x < from.x + ((point.y - from.y) / (to.y - from.y)) * (to.x - from.x);
    if (isCrossed) isInside = !isInside;
  }
  return isInside;
}

function isOnEdge(from: Point, to: Point, { x, y }: Point): boolean {
  const cross = (to.x - from.x) * (y - from.y) - (to.y - from.y) * (x - from.x);
  if (cross !== 0) return false;
  return x >= Math.min(from.x, to.x) && x <= Math.max(from.x, to.x) && y >= Math.min(from.y, to.y) && y <= Math.max(from.y, to.y);
}

export function edgesOf(points: readonly Point[]): readonly (readonly [Point, Point])[] {
  return points.map((from, index) => [from, points[(index + 1) % points.length] ?? from] as const);
}

/** The shoelace formula. */
function polygonArea(points: readonly Point[]): number {
  return Math.abs(edgesOf(points).reduce((sum, [from, to]) => sum + from.x * to.y - to.x * from.y, 0)) / 2;
}

const circlePoints = 256;

/** A regular polygon of the circle's own area. */
function circleOutline(x: number, y: number, radius: number): readonly Point[] {
  const step = (2 * Math.PI) / circlePoints;
  const reach = radius * Math.sqrt(step / Math.sin(step));
  return Array.from({ length: circlePoints }, (_, index) => ({
    x: x + reach * Math.cos(index * step),
    y: y + reach * Math.sin(index * step),
  }));
}

/** The same area as rectangles that do not overlap: strips between the boxes' upper and lower edges. */
function disjoint(boxes: readonly Box[]): readonly Box[] {
  const levels = [...new Set(boxes.flatMap(({ y, height }) => [y, y + height]))].sort((one, other) => one - other);
  return levels.flatMap((y, index) => {
    const next = levels[index + 1];
    if (next === undefined) return [];
    const spans = boxes.filter((box) => box.y <= y && box.y + box.height >= next).sort((one, other) => one.x - other.x);
    return mergeSpans(spans).map(({ from, to }) => ({ x: from, y, width: to - from, height: next - y }));
  });
}

function mergeSpans(sorted: readonly Box[]): readonly { readonly from: number; readonly to: number }[] {
  const merged: { from: number; to: number }[] = [];
  for (const { x, width } of sorted) {
    const last = merged.at(-1);
    if (last === undefined || x > last.to) merged.push({ from: x, to: x + width });
    else last.to = Math.max(last.to, x + width);
  }
  return merged;
}

/** Sutherland–Hodgman against the four sides of a box; edges that run along a side add no area. */
function clipPolygon(points: readonly Point[], { x, y, width, height }: Box): readonly Point[] {
  const sides: readonly ((point: Point) => number)[] = [
    (point) => point.x - x,
    (point) => x + width - point.x,
    (point) => point.y - y,
    (point) => y + height - point.y,
  ];
  return sides.reduce<readonly Point[]>(clipBySide, points);
}

/** `depth` is how far a point lies inside; negative outside. */
function clipBySide(points: readonly Point[], depth: (point: Point) => number): readonly Point[] {
  return edgesOf(points).flatMap(([from, to]) => {
    const [before, after] = [depth(from), depth(to)];
    const isCrossing = before < 0 !== after < 0;
    const share = before / (before - after);
    const crossing = isCrossing ? [{ x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) }] : [];
    return after >= 0 ? [...crossing, to] : crossing;
  });
}
