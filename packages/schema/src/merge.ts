/** What several parts of a schema say together of one value: annotations of the outermost, limits of the narrowest. */
import type { Fields } from './json.ts';

/** The keyword's value in the first part that has it: what stands beside a `$ref` or a condition goes before what these bring. */
export function first(parts: readonly Fields[], keyword: string): unknown {
  return parts.find((part) => part[keyword] !== undefined)?.[keyword];
}

/** The greatest lower limit. */
export function highest(parts: readonly Fields[], keyword: string): number | undefined {
  const limits = numbersOf(parts, keyword);
  return limits.length === 0 ? undefined : Math.max(...limits);
}

/** The least upper limit. */
export function lowest(parts: readonly Fields[], keyword: string): number | undefined {
  const limits = numbersOf(parts, keyword);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** What is in every list; of no lists, nothing. */
export function intersection(lists: readonly (readonly string[])[]): readonly string[] {
  const [some = [], ...others] = lists;
  return some.filter((one) => others.every((other) => other.includes(one)));
}

function numbersOf(parts: readonly Fields[], keyword: string): readonly number[] {
  return parts.map((part) => part[keyword]).filter((limit) => typeof limit === 'number');
}
