/** Reads fields of an unknown JSON value, collecting every fault with its path instead of stopping at the first. */
import type { ValidationFault } from '../errors.ts';
import type { LocalizedText } from '../text.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface TextRule {
  readonly max: number;
  readonly min?: number;
  readonly pattern?: RegExp;
  /** What the pattern asks for, in words. */
  readonly shape?: LocalizedText;
}

/** `path` names the object the fields belong to: "" for the whole, else e.g. "steps[1]". null counts as absent. */
export interface Reader {
  readonly faults: ValidationFault[];
  /** Undefined, with a fault, when it is not an object. */
  object(value: unknown, path: string): Fields | undefined;
  /** Undefined, with a fault, when it is not an array. */
  array(fields: Fields, key: string, path: string): readonly unknown[] | undefined;
  text(fields: Fields, key: string, path: string, rule: TextRule): string | undefined;
  requiredText(fields: Fields, key: string, path: string, rule: TextRule): string;
  integer(fields: Fields, key: string, path: string, range: readonly [number, number]): number | undefined;
  /** A finite number, ends included. */
  number(fields: Fields, key: string, path: string, range: readonly [number, number]): number | undefined;
  boolean(fields: Fields, key: string, path: string): boolean | undefined;
  oneOf<T extends string>(fields: Fields, key: string, path: string, allowed: readonly T[]): T | undefined;
  /** A misspelt name would otherwise be ignored silently. */
  refuseUnknown(fields: Fields, path: string, known: readonly string[]): void;
  fault(field: string, ja: string, en: string, value?: unknown): undefined;
}

export function createReader(): Reader {
  const faults: ValidationFault[] = [];
  const fault = (field: string, ja: string, en: string, value?: unknown): undefined => {
    faults.push({ field: field === '' ? '$' : field, message: { ja, en }, value: scalar(value) });
  };
  const readText = (value: unknown, field: string, rule: TextRule): string | undefined => {
    if (typeof value !== 'string') return fault(field, '文字列にしてください', 'must be a string', value);
    const { min = 0, max, pattern, shape } = rule;
    if (value.length < min) return fault(field, '空にはできません', 'must not be empty', value);
    if (value.length > max) return fault(field, `${max} 文字までです`, `may have at most ${max} characters`);
    if (pattern?.test(value) === false) return fault(field, shape?.ja ?? '形式が違います', shape?.en ?? 'has the wrong form', value);
    return value;
  };
  return {
    faults,
    fault,
    object(value, path) {
      if (isFields(value)) return value;
      return fault(path, 'オブジェクトにしてください', 'must be an object', value);
    },
    array(fields, key, path) {
      const value = fields[key];
      if (isAbsent(value)) return undefined;
      return Array.isArray(value) ? value : fault(join(path, key), '配列にしてください', 'must be an array', value);
    },
    text: (fields, key, path, rule) => (isAbsent(fields[key]) ? undefined : readText(fields[key], join(path, key), rule)),
    requiredText(fields, key, path, rule) {
      if (isAbsent(fields[key])) fault(join(path, key), '必須です', 'is required');
      return isAbsent(fields[key]) ? '' : (readText(fields[key], join(path, key), rule) ?? '');
    },
    integer(fields, key, path, [min, max]) {
      const value = fields[key];
      if (isAbsent(value)) return undefined;
      if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
      return fault(join(path, key), `${min} から ${max} までの整数にしてください`, `must be an integer from ${min} to ${max}`, value);
    },
    number(fields, key, path, [min, max]) {
      const value = fields[key];
      if (isAbsent(value)) return undefined;
      if (typeof value === 'number' && value >= min && value <= max) return value;
      return fault(join(path, key), `${min} から ${max} までの数にしてください`, `must be a number from ${min} to ${max}`, value);
    },
    boolean(fields, key, path) {
      const value = fields[key];
      if (isAbsent(value) || typeof value === 'boolean') return value ?? undefined;
      return fault(join(path, key), 'true か false にしてください', 'must be true or false', value);
    },
    oneOf(fields, key, path, allowed) {
      const value = fields[key];
      if (isAbsent(value)) return undefined;
      const found = allowed.find((word) => word === value);
      const list = allowed.join(', ');
      return found ?? fault(join(path, key), `次のどれかにしてください: ${list}`, `must be one of ${list}`, value);
    },
    refuseUnknown(fields, path, known) {
      for (const key of Object.keys(fields)) {
        if (known.includes(key)) continue;
        const list = known.join(', ');
        fault(join(path, key), `知られていない項目です。使える項目: ${list}`, `is not known; known are ${list}`);
      }
    },
  };
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** Answers show scalars only, and no more than is needed to recognise them. */
function scalar(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, 200);
  return typeof value === 'object' ? undefined : value;
}
