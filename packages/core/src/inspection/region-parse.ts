/** Reads regions from JSON. */
import { type Fields, join, type Reader } from '../pipeline/read.ts';
import { edgesOf, type Point, type Region, type RegionShape } from './region.ts';

const mostRegions = 50;
const mostPoints = 64;
const pixels: readonly [number, number] = [-100_000, 100_000];
const length: readonly [number, number] = [1, 100_000];
const modes = ['include', 'exclude'] as const;
const shapes = ['box', 'polygon', 'circle'] as const;

export function readRegions(fields: Fields, key: string, path: string, reader: Reader): readonly Region[] {
  const given = reader.array(fields, key, path) ?? [];
  const place = join(path, key);
  if (given.length > mostRegions) {
    reader.fault(place, `${mostRegions} 件までです`, `may hold at most ${mostRegions} regions`);
    return [];
  }
  const regions = given.flatMap((value, index) => readRegion(value, `${place}[${index}]`, reader) ?? []);
  regions.forEach(({ name }, index) => {
    if (regions.findIndex((other) => other.name === name) === index) return;
    reader.fault(`${place}[${index}].name`, `「${name}」は別の領域の名前です`, `is the name of another region: "${name}"`, name);
  });
  return regions;
}

function readRegion(value: unknown, path: string, reader: Reader): Region | undefined {
  const fields = reader.object(value, path);
  if (fields === undefined) return undefined;
  reader.refuseUnknown(fields, path, ['name', 'mode', 'shape']);
  const name = reader.requiredText(fields, 'name', path, { min: 1, max: 100 });
  const mode = reader.oneOf(fields, 'mode', path, modes) ?? 'include';
  const shape = readShape(fields.shape, join(path, 'shape'), reader);
  return shape === undefined ? undefined : { name, mode, shape };
}

function readShape(value: unknown, path: string, reader: Reader): RegionShape | undefined {
  const fields = reader.object(value, path);
  if (fields === undefined) return undefined;
  const kind = reader.oneOf(fields, 'kind', path, shapes);
  switch (kind) {
    case 'box':
      return readBox(fields, path, reader);
    case 'circle':
      return readCircle(fields, path, reader);
    case 'polygon':
      return readPolygon(fields, path, reader);
    case undefined:
      if (fields.kind === undefined) reader.fault(join(path, 'kind'), '必須です', 'is required');
      return undefined;
  }
}

function required(fields: Fields, key: string, path: string, range: readonly [number, number], reader: Reader): number {
  if (fields[key] === undefined) reader.fault(join(path, key), '必須です', 'is required');
  return reader.number(fields, key, path, range) ?? 0;
}

function readBox(fields: Fields, path: string, reader: Reader): RegionShape {
  reader.refuseUnknown(fields, path, ['kind', 'x', 'y', 'width', 'height']);
  return {
    kind: 'box',
    x: required(fields, 'x', path, pixels, reader),
    y: required(fields, 'y', path, pixels, reader),
    width: required(fields, 'width', path, length, reader),
    height: required(fields, 'height', path, length, reader),
  };
}

function readCircle(fields: Fields, path: string, reader: Reader): RegionShape {
  reader.refuseUnknown(fields, path, ['kind', 'x', 'y', 'radius']);
  return {
    kind: 'circle',
    x: required(fields, 'x', path, pixels, reader),
    y: required(fields, 'y', path, pixels, reader),
    radius: required(fields, 'radius', path, length, reader),
  };
}

function readPolygon(fields: Fields, path: string, reader: Reader): RegionShape | undefined {
  reader.refuseUnknown(fields, path, ['kind', 'points']);
  const given = reader.array(fields, 'points', path) ?? [];
  const place = join(path, 'points');
  if (given.length < 3 || given.length > mostPoints) {
    return reader.fault(place, `3 から ${mostPoints} 点で書いてください`, `must have 3 to ${mostPoints} points`);
  }
  const points = given.flatMap((value, index) => readPoint(value, `${place}[${index}]`, reader) ?? []);
  if (crossesItself(points)) reader.fault(place, '辺が交差しています', 'crosses itself');
  return { kind: 'polygon', points };
}

function readPoint(value: unknown, path: string, reader: Reader): Point | undefined {
  const fields = reader.object(value, path);
  if (fields === undefined) return undefined;
  reader.refuseUnknown(fields, path, ['x', 'y']);
  return { x: required(fields, 'x', path, pixels, reader), y: required(fields, 'y', path, pixels, reader) };
}

/** Of an outline that crosses itself nobody can say what lies inside. */
function crossesItself(points: readonly Point[]): boolean {
  const edges = edgesOf(points);
  return edges.some(([from, to], index) => edges.slice(index + 1).some(([start, end]) => isCrossing(from, to, start, end)));
}

function isCrossing(from: Point, to: Point, start: Point, end: Point): boolean {
  const side = (one: Point, other: Point, point: Point) =>
    Math.sign((other.x - one.x) * (point.y - one.y) - (other.y - one.y) * (point.x - one.x));
  return side(from, to, start) * side(from, to, end) < 0 && side(start, end, from) * side(start, end, to) < 0;
}
