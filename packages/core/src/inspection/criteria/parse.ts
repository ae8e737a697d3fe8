/** Reads criteria from JSON, with every fault named by its place. */
import { type Fields, join, type Reader } from '../../pipeline/read.ts';
import { parsePattern } from '../pattern/match.ts';
import { verdicts } from '../verdict.ts';
import {
  type BinaryCriterion,
  type CategoricalCriterion,
  type ClassList,
  type Criterion,
  criterionKinds,
  decisionRules,
  type NumericalCriterion,
  type ThresholdCriterion,
} from './criterion.ts';
import { guardBand } from './numerical.ts';

const mostCriteria = 32;
const mostClasses = 100;
const longestName = 100;
const share: readonly [number, number] = [0, 1];
const anyNumber: readonly [number, number] = [-1e12, 1e12];
const usualConfidence = 0.5;
const usualConformance = 0.95;

/** `isText`: the item reads text, so that categories are patterns. */
export function readCriteria(fields: Fields, key: string, path: string, isText: boolean, reader: Reader): readonly Criterion[] {
  const given = reader.array(fields, key, path) ?? [];
  const place = join(path, key);
  if (given.length > mostCriteria) {
    reader.fault(place, `判定の条件は ${mostCriteria} 件までです`, `may hold at most ${mostCriteria} criteria`);
    return [];
  }
  return given.flatMap((value, index) => readCriterion(value, `${place}[${index}]`, isText, reader) ?? []);
}

function readCriterion(value: unknown, path: string, isText: boolean, reader: Reader): Criterion | undefined {
  const fields = reader.object(value, path);
  if (fields === undefined) return undefined;
  const kind = reader.oneOf(fields, 'kind', path, criterionKinds);
  switch (kind) {
    case 'binary':
      return readBinary(fields, path, reader);
    case 'threshold':
      return readThreshold(fields, path, reader);
    case 'categorical':
      return readCategorical(fields, path, isText, reader);
    case 'numerical':
      return readNumerical(fields, path, reader);
    case undefined:
      if (fields.kind === undefined) reader.fault(join(path, 'kind'), '必須です', 'is required');
      return undefined;
  }
}

function readBinary(fields: Fields, path: string, reader: Reader): BinaryCriterion {
  reader.refuseUnknown(fields, path, ['kind', 'classes', 'ng_confidence', 'review_confidence']);
  const ng = reader.number(fields, 'ng_confidence', path, share) ?? usualConfidence;
  const review = reader.number(fields, 'review_confidence', path, share) ?? ng;
  if (review > ng) {
    reader.fault(
      join(path, 'review_confidence'),
      `ng_confidence（${ng}）以下にしてください`,
      `must be at most ng_confidence (${ng})`,
      review,
    );
  }
  return { kind: 'binary', classes: readClasses(fields, path, reader), ng_confidence: ng, review_confidence: review };
}

/** Absent: every class. */
function readClasses(fields: Fields, path: string, reader: Reader): ClassList {
  if (fields.classes === '*') return '*';
  const names = readNames(fields, 'classes', path, reader);
  if (names?.length === 0) reader.fault(join(path, 'classes'), 'クラスを挙げるか "*" にしてください', 'must name a class, or be "*"');
  return names ?? '*';
}

function readNames(fields: Fields, key: string, path: string, reader: Reader): readonly string[] | undefined {
  const given = reader.array(fields, key, path);
  const place = join(path, key);
  if (given !== undefined && given.length > mostClasses)
    return reader.fault(place, `${mostClasses} 件までです`, `may hold at most ${mostClasses} names`);
  const seen = new Set<string>();
  return given?.flatMap((value, index) => {
    const name = reader.requiredText({ name: value }, 'name', `${place}[${index}]`, { min: 1, max: longestName });
    if (seen.has(name)) reader.fault(`${place}[${index}]`, `「${name}」が重複しています`, `repeats "${name}"`, name);
    seen.add(name);
    return name === '' ? [] : [name];
  });
}

const thresholdFields = ['kind', 'measure', 'classes', 'min_confidence', 'ng_above', 'review_above', 'ng_below', 'review_below'];

function readThreshold(fields: Fields, path: string, reader: Reader): ThresholdCriterion {
  reader.refuseUnknown(fields, path, thresholdFields);
  const [ngAbove, reviewAbove, ngBelow, reviewBelow] = (['ng_above', 'review_above', 'ng_below', 'review_below'] as const).map((key) =>
    reader.number(fields, key, path, anyNumber),
  );
  const criterion: ThresholdCriterion = {
    kind: 'threshold',
    measure: reader.requiredText(fields, 'measure', path, { min: 1, max: longestName }),
    classes: readClasses(fields, path, reader),
    min_confidence: reader.number(fields, 'min_confidence', path, share) ?? usualConfidence,
    ...(ngAbove !== undefined && { ng_above: ngAbove }),
    ...(reviewAbove !== undefined && { review_above: reviewAbove }),
    ...(ngBelow !== undefined && { ng_below: ngBelow }),
    ...(reviewBelow !== undefined && { review_below: reviewBelow }),
  };
  checkLimits(criterion, path, reader);
  return criterion;
}

function checkLimits({ ng_above, review_above, ng_below, review_below }: ThresholdCriterion, path: string, reader: Reader): void {
  const upper = review_above ?? ng_above;
  const lower = review_below ?? ng_below;
  if (upper === undefined && lower === undefined) {
    reader.fault(path, 'ng_above などの限界を一つは書いてください', 'needs a limit: ng_above, review_above, ng_below or review_below');
  }
  if (review_above !== undefined && ng_above !== undefined && review_above > ng_above) {
    reader.fault(
      join(path, 'review_above'),
      `ng_above（${ng_above}）以下にしてください`,
      `must be at most ng_above (${ng_above})`,
      review_above,
    );
  }
  if (review_below !== undefined && ng_below !== undefined && review_below < ng_below) {
    reader.fault(
      join(path, 'review_below'),
      `ng_below（${ng_below}）以上にしてください`,
      `must be at least ng_below (${ng_below})`,
      review_below,
    );
  }
  if (upper !== undefined && lower !== undefined && lower > upper) {
    reader.fault(
      path,
      `OK になる値がありません（${lower} 未満と ${upper} 超）`,
      `lets no value be OK (below ${lower} and above ${upper} it is not)`,
    );
  }
}

function readCategorical(fields: Fields, path: string, isText: boolean, reader: Reader): CategoricalCriterion {
  reader.refuseUnknown(fields, path, ['kind', 'accept', 'reject', 'min_confidence', 'otherwise']);
  const accept = readNames(fields, 'accept', path, reader) ?? [];
  const reject = readNames(fields, 'reject', path, reader) ?? [];
  if (accept.length + reject.length === 0) {
    reader.fault(path, 'accept か reject に一つは書いてください', 'needs a name in accept or reject');
  }
  const both = accept.find((name) => reject.includes(name));
  if (both !== undefined) {
    reader.fault(join(path, 'reject'), `「${both}」が accept と reject の両方にあります`, `has "${both}", which accept has too`, both);
  }
  if (isText) {
    checkPatterns(accept, join(path, 'accept'), reader);
    checkPatterns(reject, join(path, 'reject'), reader);
  }
  const otherwise = reader.oneOf(fields, 'otherwise', path, verdicts) ?? 'REVIEW';
  return {
    kind: 'categorical',
    accept,
    reject,
    otherwise,
    min_confidence: reader.number(fields, 'min_confidence', path, share) ?? usualConfidence,
  };
}

function checkPatterns(patterns: readonly string[], place: string, reader: Reader): void {
  patterns.forEach((source, index) => {
    const pattern = parsePattern(source);
    if (pattern.kind === 'pattern') return;
    const { message, at } = pattern;
    reader.fault(`${place}[${index}]`, `${at + 1} 文字目: ${message.ja}`, `${message.en} (character ${at + 1})`, source);
  });
}

const numericalFields = ['kind', 'measure', 'lower', 'upper', 'unit', 'decimals', 'calibration', 'u', 'rule', 'conformance'];

function readNumerical(fields: Fields, path: string, reader: Reader): NumericalCriterion {
  reader.refuseUnknown(fields, path, numericalFields);
  const [lower, upper] = [reader.number(fields, 'lower', path, anyNumber), reader.number(fields, 'upper', path, anyNumber)];
  const decimals = reader.integer(fields, 'decimals', path, [0, 9]);
  const criterion: NumericalCriterion = {
    kind: 'numerical',
    measure: reader.requiredText(fields, 'measure', path, { min: 1, max: longestName }),
    ...(lower !== undefined && { lower }),
    ...(upper !== undefined && { upper }),
    unit: reader.text(fields, 'unit', path, { max: 20 }) ?? '',
    ...(decimals !== undefined && { decimals }),
    calibration: readCalibration(fields, path, reader),
    u: reader.number(fields, 'u', path, [0, 1e12]) ?? 0,
    rule: reader.oneOf(fields, 'rule', path, decisionRules) ?? 'simple',
    conformance: reader.number(fields, 'conformance', path, [0.5, 0.999999]) ?? usualConformance,
  };
  checkTolerance(criterion, path, reader);
  return criterion;
}

function readCalibration(fields: Fields, path: string, reader: Reader): NumericalCriterion['calibration'] {
  const place = join(path, 'calibration');
  const isAbsent = fields.calibration === undefined || fields.calibration === null;
  const given = isAbsent ? undefined : reader.object(fields.calibration, place);
  if (given === undefined) return { scale: 1, u: 0 };
  reader.refuseUnknown(given, place, ['scale', 'u']);
  return {
    scale: reader.number(given, 'scale', place, [1e-12, 1e12]) ?? 1,
    u: reader.number(given, 'u', place, [0, 1e12]) ?? 0,
  };
}

function checkTolerance(criterion: NumericalCriterion, path: string, reader: Reader): void {
  const { lower, upper, rule, u, calibration } = criterion;
  if (lower === undefined && upper === undefined) {
    reader.fault(path, 'lower か upper を書いてください', 'needs lower or upper');
  }
  if (rule !== 'simple' && u === 0 && calibration.u === 0) {
    reader.fault(
      join(path, 'u'),
      `規則 ${rule} には標準不確かさ u が要ります`,
      `is needed by the rule ${rule}: the standard uncertainty`,
      u,
    );
  }
  if (lower === undefined || upper === undefined) return;
  if (lower >= upper) {
    reader.fault(join(path, 'lower'), `upper（${upper}）より小さくしてください`, `must be less than upper (${upper})`, lower);
    return;
  }
  const bands = guardBand(criterion, lower) + guardBand(criterion, upper);
  if (bands >= upper - lower) {
    reader.fault(
      join(path, 'u'),
      `この測定では適合を証明できません（ガードバンドの合計 ${bands.toPrecision(4)} が公差 ${(upper - lower).toPrecision(4)} 以上です）`,
      `is too large: the gauge cannot prove conformity (guard bands of ${bands.toPrecision(4)} fill the tolerance of ${(upper - lower).toPrecision(4)})`,
      u,
    );
  }
}
