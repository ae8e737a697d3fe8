/** The model of a form: what a page needs to show a parameter, without knowing JSON Schema. */
import type { LocalizedText } from '@imageflow/core';

export interface Form {
  readonly label: LocalizedText;
  readonly description: LocalizedText | undefined;
  /** In the order of the schema; what a condition adds comes last. */
  readonly fields: readonly Field[];
  /** Properties beyond the fields are allowed. */
  readonly isOpen: boolean;
}

export type Field = ChoiceField | NumberField | TextField | SwitchField | ListField | GroupField | JsonField;

export interface FieldCommon {
  /** Name of the property; of a list's item, its index. */
  readonly name: string;
  /** JSON pointer from the form's top: the `path` of a fault of the check. */
  readonly path: string;
  readonly label: LocalizedText;
  readonly description: LocalizedText | undefined;
  readonly isRequired: boolean;
  readonly mayBeNull: boolean;
  /** The value in force when none is given. */
  readonly default: unknown;
  readonly unit: string | undefined;
  /** A list of the platform that offers values, e.g. "models". */
  readonly optionsFrom: string | undefined;
}

/** One of a few values, which need not be texts. */
export interface ChoiceField extends FieldCommon {
  readonly kind: 'choice';
  readonly choices: readonly Choice[];
}

export interface Choice {
  readonly value: unknown;
  readonly label: LocalizedText;
}

export interface NumberField extends FieldCommon {
  readonly kind: 'number';
  readonly isInteger: boolean;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  /** The limit itself is not allowed. */
  readonly isMinimumExcluded: boolean;
  readonly isMaximumExcluded: boolean;
  /** Values are multiples of it; undefined: any number. */
  readonly step: number | undefined;
}

export interface TextField extends FieldCommon {
  readonly kind: 'text';
  readonly minLength: number | undefined;
  readonly maxLength: number | undefined;
  readonly pattern: string | undefined;
  readonly format: string | undefined;
}

export interface SwitchField extends FieldCommon {
  readonly kind: 'switch';
}

export interface ListField extends FieldCommon {
  readonly kind: 'list';
  readonly minItems: number | undefined;
  readonly maxItems: number | undefined;
  /** One for each item that there is now. */
  readonly items: readonly Field[];
  /** The item that would be added. */
  readonly next: Field;
}

export interface GroupField extends FieldCommon {
  readonly kind: 'group';
  readonly fields: readonly Field[];
  readonly isOpen: boolean;
}

/** Any JSON: what no other kind can show. */
export interface JsonField extends FieldCommon {
  readonly kind: 'json';
}
