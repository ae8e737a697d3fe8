/** What a page and a service know of a JSON Schema: its check, its defaults, its form, and how its labels are written. No `eval` behind this door. */
export { checkJsonSchema } from './check.ts';
export { fillDefaults } from './defaults.ts';
export type {
  Choice,
  ChoiceField,
  Field,
  FieldCommon,
  Form,
  GroupField,
  JsonField,
  ListField,
  NumberField,
  SwitchField,
  TextField,
} from './field.ts';
export { createForm } from './form.ts';
export { type LabelOptions, labelled } from './labelled.ts';
