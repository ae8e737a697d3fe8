/** Reads an item's document from JSON, defaults filled in. */

import type { ValidationFault } from '../errors.ts';
import { createReader, type Fields, isFields, join, type Reader } from '../pipeline/read.ts';
import type { LocalizedText } from '../text.ts';
import type { Criterion } from './criteria/criterion.ts';
import { readCriteria } from './criteria/parse.ts';
import {
  type Combination,
  humanVerifications,
  type ItemDocument,
  itemKinds,
  type PhotoRules,
  photoAggregates,
  type QualityGate,
  type Sampling,
  secondOpinions,
} from './item.ts';
import { readRegions } from './region-parse.ts';

const known = [
  'name',
  'kind',
  'order',
  'required',
  'pipeline_id',
  'parameters',
  'overridable',
  'criteria',
  'combine',
  'regions',
  'photos',
  'quality_gate',
  'reference_file_id',
  'human_verification',
  'second_opinion',
  'sampling',
  'defect_required',
];
const usualOverridable = ['confidence_threshold', 'model_name'];
const usualSampling: Sampling = { ok: 0.02, ng: 1 };
const mostPhotos = 32;
const nameRule = { min: 1, max: 200 };

export interface ParsedItem {
  /** Undefined with faults. */
  readonly item: ItemDocument | undefined;
  readonly faults: readonly ValidationFault[];
}

/** `path` is put before each fault's field, e.g. "rows[3]". */
export function parseItem(value: unknown, path = ''): ParsedItem {
  const reader = createReader();
  const fields = reader.object(value, path);
  const item = fields === undefined ? undefined : readItem(fields, path, reader);
  return { item: reader.faults.length === 0 ? item : undefined, faults: reader.faults };
}

function readItem(fields: Fields, path: string, reader: Reader): ItemDocument {
  reader.refuseUnknown(fields, path, known);
  const kind = reader.oneOf(fields, 'kind', path, itemKinds) ?? 'visual';
  const criteria = readCriteria(fields, 'criteria', path, kind === 'text', reader);
  const gate = readGate(fields, path, reader);
  const pipeline = reader.text(fields, 'pipeline_id', path, { min: 1, max: 100 });
  const reference = reader.text(fields, 'reference_file_id', path, { min: 1, max: 100 });
  return {
    name: readName(fields, path, reader),
    kind,
    order: reader.integer(fields, 'order', path, [0, 1_000_000]) ?? 0,
    required: reader.boolean(fields, 'required', path) ?? true,
    ...(pipeline !== undefined && { pipeline_id: pipeline }),
    parameters: readParameters(fields, path, reader),
    overridable: readOverridable(fields, path, reader),
    criteria,
    combine: readCombination(fields, path, criteria.length, reader),
    regions: readRegions(fields, 'regions', path, reader),
    photos: readPhotos(fields, path, criteria, reader),
    ...(gate !== undefined && { quality_gate: gate }),
    ...(reference !== undefined && { reference_file_id: reference }),
    human_verification: reader.oneOf(fields, 'human_verification', path, humanVerifications) ?? 'on_review',
    second_opinion: reader.oneOf(fields, 'second_opinion', path, secondOpinions) ?? 'on_critical',
    sampling: readSampling(fields, path, reader),
    defect_required: reader.boolean(fields, 'defect_required', path) ?? false,
  };
}

/** One text stands for both languages. */
function readName(fields: Fields, path: string, reader: Reader): LocalizedText {
  const { name } = fields;
  if (!isFields(name)) {
    const text = reader.requiredText(fields, 'name', path, nameRule);
    return { ja: text, en: text };
  }
  const place = join(path, 'name');
  reader.refuseUnknown(name, place, ['ja', 'en']);
  return { ja: reader.requiredText(name, 'ja', place, nameRule), en: reader.requiredText(name, 'en', place, nameRule) };
}

function readParameters(fields: Fields, path: string, reader: Reader): Readonly<Record<string, unknown>> {
  return readOptional(fields, 'parameters', path, reader) ?? {};
}

/** Undefined when absent, or with a fault when it is not an object. */
function readOptional(fields: Fields, key: string, path: string, reader: Reader): Fields | undefined {
  const value = fields[key];
  return value === undefined || value === null ? undefined : reader.object(value, join(path, key));
}

function readOverridable(fields: Fields, path: string, reader: Reader): readonly string[] {
  const given = reader.array(fields, 'overridable', path);
  if (given === undefined) return usualOverridable;
  const place = join(path, 'overridable');
  if (given.length > 100) return reader.fault(place, '100 件までです', 'may hold at most 100 names') ?? [];
  return given.map((value, index) => reader.requiredText({ name: value }, 'name', `${place}[${index}]`, { min: 1, max: 100 }));
}

function readCombination(fields: Fields, path: string, criteria: number, reader: Reader): Combination {
  const { combine } = fields;
  if (!isFields(combine)) return reader.oneOf(fields, 'combine', path, ['all', 'any'] as const) ?? 'all';
  const place = join(path, 'combine');
  reader.refuseUnknown(combine, place, ['k_of_n']);
  const wanted = reader.integer(combine, 'k_of_n', place, [1, Math.max(1, criteria)]);
  if (wanted === undefined && combine.k_of_n === undefined) reader.fault(join(place, 'k_of_n'), '必須です', 'is required');
  return { k_of_n: wanted ?? 1 };
}

function readPhotos(fields: Fields, path: string, criteria: readonly Criterion[], reader: Reader): PhotoRules {
  const place = join(path, 'photos');
  const given = readOptional(fields, 'photos', path, reader);
  if (given === undefined) return { min: 1, max: mostPhotos, aggregate: 'worst' };
  reader.refuseUnknown(given, place, ['min', 'max', 'aggregate']);
  const min = reader.integer(given, 'min', place, [1, mostPhotos]) ?? 1;
  const max = reader.integer(given, 'max', place, [1, mostPhotos]) ?? mostPhotos;
  if (max < min) reader.fault(join(place, 'max'), `min（${min}）以上にしてください`, `must be at least min (${min})`, max);
  const aggregate = reader.oneOf(given, 'aggregate', place, photoAggregates) ?? 'worst';
  if (aggregate === 'best' && !isAboutPresence(criteria)) {
    reader.fault(
      join(place, 'aggregate'),
      'best は、あるべきものを数える条件（ng_below、review_below のみ）の項目でだけ使えます',
      'may be best only where every criterion counts what must be present (ng_below or review_below alone): one good photo would hide a defect',
      aggregate,
    );
  }
  return { min, max, aggregate };
}

function isAboutPresence(criteria: readonly Criterion[]): boolean {
  return (
    criteria.length > 0 &&
    criteria.every((each) => each.kind === 'threshold' && each.ng_above === undefined && each.review_above === undefined)
  );
}

function readGate(fields: Fields, path: string, reader: Reader): QualityGate | undefined {
  const place = join(path, 'quality_gate');
  const given = readOptional(fields, 'quality_gate', path, reader);
  if (given === undefined) return undefined;
  reader.refuseUnknown(given, place, ['limits', 'min_width', 'min_height', 'marker']);
  const width = reader.integer(given, 'min_width', place, [1, 100_000]);
  const height = reader.integer(given, 'min_height', place, [1, 100_000]);
  const marker = reader.text(given, 'marker', place, { min: 1, max: 100 });
  const limits = reader.array(given, 'limits', place) ?? [];
  if (limits.length > 20) reader.fault(join(place, 'limits'), '20 件までです', 'may hold at most 20 limits');
  return {
    limits: limits.slice(0, 20).flatMap((value, index) => readQualityLimit(value, `${join(place, 'limits')}[${index}]`, reader) ?? []),
    ...(width !== undefined && { min_width: width }),
    ...(height !== undefined && { min_height: height }),
    ...(marker !== undefined && { marker }),
  };
}

function readQualityLimit(value: unknown, path: string, reader: Reader): QualityGate['limits'][number] | undefined {
  const fields = reader.object(value, path);
  if (fields === undefined) return undefined;
  reader.refuseUnknown(fields, path, ['measure', 'min', 'max']);
  const measure = reader.requiredText(fields, 'measure', path, { min: 1, max: 100 });
  const [min, max] = [reader.number(fields, 'min', path, [-1e12, 1e12]), reader.number(fields, 'max', path, [-1e12, 1e12])];
  if (min === undefined && max === undefined) reader.fault(path, 'min か max を書いてください', 'needs min or max');
  if (min !== undefined && max !== undefined && min > max)
    reader.fault(join(path, 'min'), `max（${max}）以下にしてください`, `must be at most max (${max})`, min);
  return { measure, ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

function readSampling(fields: Fields, path: string, reader: Reader): Sampling {
  const place = join(path, 'sampling');
  const given = readOptional(fields, 'sampling', path, reader);
  if (given === undefined) return usualSampling;
  reader.refuseUnknown(given, place, ['ok', 'ng']);
  return {
    ok: reader.number(given, 'ok', place, [0, 1]) ?? usualSampling.ok,
    ng: reader.number(given, 'ng', place, [0, 1]) ?? usualSampling.ng,
  };
}
