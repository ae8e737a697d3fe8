/** JSON values: plain copies and the words by which their places are named. */

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether the value has a property of its own by this name; an inherited `toString` is none. */
export function has(value: Fields, name: string): boolean {
  return Object.hasOwn(value, name) && value[name] !== undefined;
}

/**
 * Returns a deep copy as JSON would carry it: no absent properties, nothing inherited, so that a parameter named "constructor" is one like any other.
 * A name with half of a surrogate pair gets U+FFFD: it cannot be written in a URI, by which the interpreter names places.
 */
export function copyJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : copyJson(item)));
  if (!isFields(value)) return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [name, part] of Object.entries(value)) if (part !== undefined) copy[name.replace(loneSurrogate, '\ufffd')] = copyJson(part);
  return copy;
}

const loneSurrogate = /\p{Surrogate}/gu;

/** One step of a JSON pointer, escaped. */
export function step(name: string | number): string {
  return String(name).replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The steps of a JSON pointer, unescaped. */
export function stepsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((word) => word.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Returns what lies at the steps below a value; undefined when nothing does. */
export function at(value: unknown, steps: readonly string[]): unknown {
  let found: unknown = value;
  for (const word of steps) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, word)) return undefined;
    found = (found as Fields)[word];
  }
  return found;
}
