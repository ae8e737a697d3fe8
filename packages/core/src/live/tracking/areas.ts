/** Counts what tracked objects do at lines and in zones. All places are pixels of the upright original frame. */
import type { Box, Detection } from '../../pipeline/data.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly name: string;
  readonly from: Point;
  readonly to: Point;
}

export interface Zone {
  readonly name: string;
  /** At least three, in order along the edge. */
  readonly points: readonly Point[];
}

/** The point of a box that counts: for things that stand on a floor seen from the side, its foot. */
export type Anchor = 'center' | 'bottom';

export interface AreaSettings {
  readonly anchor: Anchor;
  /** Undefined: all. */
  readonly classes: ReadonlySet<string> | undefined;
  /** An object out of sight for longer has left. */
  readonly lostMs: number;
}

export interface AreaCount {
  readonly name: string;
  /** Lines: crossings from left to right, looking from `from` to `to`. Zones: comings in. */
  readonly entered: number;
  /** Lines: crossings the other way. Zones: goings out. */
  readonly left: number;
  readonly enteredByClass: Readonly<Record<string, number>>;
  /** Zones only, here and below: now. */
  readonly inside: number;
  readonly meanDwellMs: number;
  readonly maxDwellMs: number;
}

export interface AreaCounter {
  update(detections: readonly Detection[], atMs: number): readonly AreaCount[];
}

/** An object has crossed only when it is so far beyond, as a share of its height: one that rests on the line is not counted to and fro. */
const clearance = 0.05;

interface Crossing {
  /** The last place clearly on one side. */
  readonly point: Point;
  readonly side: -1 | 1;
  readonly seenAt: number;
}

export function createLineCounter(line: Line, settings: AreaSettings): AreaCounter {
  const objects = new Map<number, Crossing>();
  const counts = createCounts();
  return {
    update(detections, atMs) {
      for (const { id, name, point, box } of objectsOf(detections, settings)) {
        const distance = signedDistance(line, point);
        const before = objects.get(id);
        if (Math.abs(distance) < clearance * box.height) {
          if (before !== undefined) objects.set(id, { ...before, seenAt: atMs });
          continue;
        }
        const side = distance > 0 ? 1 : -1;
        if (before !== undefined && before.side !== side && meets(line, before.point, point)) {
          if (side > 0) counts.enter(name);
          else counts.leave();
        }
        objects.set(id, { point, side, seenAt: atMs });
      }
      for (const [id, { seenAt }] of objects) if (atMs - seenAt > settings.lostMs) objects.delete(id);
      return [{ name: line.name, ...counts.read(), inside: 0, meanDwellMs: 0, maxDwellMs: 0 }];
    },
  };
}

interface Visit {
  readonly enteredAt: number;
  readonly seenAt: number;
}

export function createZoneCounter(zone: Zone, settings: AreaSettings): AreaCounter {
  const visits = new Map<number, Visit>();
  const counts = createCounts();
  const ended = { count: 0, sumMs: 0, maxMs: 0 };

  function end(id: number, { enteredAt, seenAt }: Visit): void {
    visits.delete(id);
    counts.leave();
    ended.count += 1;
    ended.sumMs += seenAt - enteredAt;
    ended.maxMs = Math.max(ended.maxMs, seenAt - enteredAt);
  }

  return {
    update(detections, atMs) {
      for (const { id, name, point } of objectsOf(detections, settings)) {
        const visit = visits.get(id);
        if (contains(zone.points, point)) {
          if (visit === undefined) counts.enter(name);
          visits.set(id, { enteredAt: visit?.enteredAt ?? atMs, seenAt: atMs });
        } else if (visit !== undefined) end(id, { ...visit, seenAt: atMs });
      }
      for (const [id, visit] of visits) if (atMs - visit.seenAt > settings.lostMs) end(id, visit);
      const running = [...visits.values()].map(({ enteredAt, seenAt }) => seenAt - enteredAt);
      const [sumMs, count] = [ended.sumMs + running.reduce((sum, ms) => sum + ms, 0), ended.count + running.length];
      const dwell = { meanDwellMs: count === 0 ? 0 : sumMs / count, maxDwellMs: Math.max(ended.maxMs, ...running) };
      return [{ name: zone.name, ...counts.read(), inside: visits.size, ...dwell }];
    },
  };
}

function createCounts() {
  let [entered, left] = [0, 0];
  const byClass = new Map<string, number>();
  return {
    enter(className: string) {
      entered += 1;
      byClass.set(className, (byClass.get(className) ?? 0) + 1);
    },
    leave() {
      left += 1;
    },
    read: () => ({ entered, left, enteredByClass: Object.fromEntries(byClass) }),
  };
}

/** Tracked ones only: without its number nobody knows whether an object was here before. */
function objectsOf(detections: readonly Detection[], { anchor, classes }: AreaSettings) {
  return detections.flatMap(({ track_id: id, class_name: name, bbox_original: box }) =>
    id === undefined || (classes !== undefined && !classes.has(name)) ? [] : [{ id, name, box, point: anchorOf(box, anchor) }],
  );
}

function anchorOf({ x, y, width, height }: Box, anchor: Anchor): Point {
  return { x: x + width / 2, y: anchor === 'center' ? y + height / 2 : y + height };
}

/** Positive on the right, looking from `from` to `to` (y points down). */
function signedDistance({ from, to }: Line, point: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  return (dx * (point.y - from.y) - dy * (point.x - from.x)) / length;
}

/** Whether the way from `start` to `end`, which changes sides, goes through the line and not past its ends. */
function meets({ from, to }: Line, start: Point, end: Point): boolean {
  const way = { name: '', from: start, to: end };
  return signedDistance(way, from) * signedDistance(way, to) <= 0;
}

/** Even-odd rule. */
function contains(points: readonly Point[], { x, y }: Point): boolean {
  let isInside = false;
  for (let index = 0, last = points.length - 1; index < points.length; last = index++) {
    const [one, other] = [points[index], points[last]];
    if (one === undefined || other === undefined || one.y > y === other.y > y) continue;
    if (x < ((other.x - one.x) * (y - one.y)) / (other.y - one.y) + one.x) isInside = !isInside;
  }
  return isInside;
}
