/** How a service writes the labels of a parameter, which JSON Schema has in one language only. `createForm` reads them. */
import type { LocalizedText } from '@imageflow/core';

export interface LabelOptions {
  /** Shown behind the value, the same in all languages: "px", "s". */
  readonly unit?: string;
  /** Labels of the values of `enum`, in its order. */
  readonly choices?: readonly LocalizedText[];
  /** Values are also offered from this list of the platform. */
  readonly optionsFrom?: 'models';
}

/** The keywords to spread into a JSON Schema or to hand to Zod's `meta`. */
export function labelled(label: LocalizedText, description?: LocalizedText, options: LabelOptions = {}): Record<string, unknown> {
  const { unit, choices, optionsFrom } = options;
  return {
    title: label.en,
    'x-label-ja': label.ja,
    ...(description === undefined ? {} : { description: description.en, 'x-description-ja': description.ja }),
    ...(unit === undefined ? {} : { 'x-unit': unit }),
    ...(choices === undefined ? {} : { 'x-enum-labels': choices.map(({ en }) => en), 'x-enum-labels-ja': choices.map(({ ja }) => ja) }),
    ...(optionsFrom === undefined ? {} : { 'x-options': optionsFrom }),
  };
}
