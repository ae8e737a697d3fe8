/** Reads the labels that `labelled` writes. */
import type { LocalizedText } from '@imageflow/core';
import { areConstants } from './applicable.ts';
import type { Choice } from './field.ts';
import type { Fields } from './json.ts';
import { first } from './merge.ts';

export function labelOf(parts: readonly Fields[]): LocalizedText | undefined {
  return inBoth(textOf(parts, 'x-label-ja'), textOf(parts, 'title'));
}

export function descriptionOf(parts: readonly Fields[]): LocalizedText | undefined {
  return inBoth(textOf(parts, 'x-description-ja'), textOf(parts, 'description'));
}

export function textOf(parts: readonly Fields[], keyword: string): string | undefined {
  const text = first(parts, keyword);
  return typeof text === 'string' ? text : undefined;
}

/** Returns the values that all parts allow, in the order and with the labels of the first; undefined when none names its values. */
export function choicesOf(parts: readonly Fields[]): readonly Choice[] | undefined {
  const lists = parts.map(choicesIn).filter((list) => list !== undefined);
  const [some, ...others] = lists;
  return some?.filter((choice) =>
    others.every((list) => list.some((other) => JSON.stringify(other.value) === JSON.stringify(choice.value))),
  );
}

function choicesIn(part: Fields): readonly Choice[] | undefined {
  if (Array.isArray(part.enum)) return labelEnum(part.enum, part['x-enum-labels'], part['x-enum-labels-ja']);
  if (part.const !== undefined) return [{ value: part.const, label: asWord(part.const) }];
  const constants = [part.oneOf, part.anyOf].find(areConstants);
  return constants?.map((one) => ({ value: one.const, label: labelOf([one]) ?? asWord(one.const) }));
}

function labelEnum(values: readonly unknown[], english: unknown, japanese: unknown): readonly Choice[] {
  return values.map((value, index) => ({ value, label: inBoth(wordAt(japanese, index), wordAt(english, index)) ?? asWord(value) }));
}

function wordAt(list: unknown, index: number): string | undefined {
  const word: unknown = Array.isArray(list) ? list[index] : undefined;
  return typeof word === 'string' ? word : undefined;
}

function asWord(value: unknown): LocalizedText {
  const word = typeof value === 'string' ? value : JSON.stringify(value);
  return { ja: word, en: word };
}

/** Whoever writes one language only is shown in it. */
function inBoth(ja: string | undefined, en: string | undefined): LocalizedText | undefined {
  const text = ja ?? en;
  return text === undefined ? undefined : { ja: text, en: en ?? text };
}
