/** What tests of this room are written with. */
import type { Detection } from '../pipeline/data.ts';
import type { ItemDocument } from './item.ts';
import { parseItem } from './item-parse.ts';
import type { PhotoFindings } from './judge.ts';

export function finding(
  class_name: string,
  confidence: number,
  box: readonly [number, number, number, number] = [0, 0, 10, 10],
): Detection {
  const [x, y, width, height] = box;
  const bbox = { x, y, width, height };
  return { class_name, class_id: 0, confidence, bbox, bbox_original: bbox };
}

export function photo(over: Partial<PhotoFindings> = {}): PhotoFindings {
  return { photo: 'p1', width: 100, height: 100, detections: [], measures: {}, floor: 0, ...over };
}

/** As it would come over the wire; throws when it has faults. */
export function item(document: Readonly<Record<string, unknown>>): ItemDocument {
  const { item: parsed, faults } = parseItem({ name: 'test', ...document });
  if (parsed === undefined) throw new Error(JSON.stringify(faults));
  return parsed;
}
