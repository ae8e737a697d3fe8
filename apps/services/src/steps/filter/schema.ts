/** The parameters of both filter components: which filter, its own parameters, and the quality limits. */
import type { JsonSchema } from '@imageflow/core';
import { labelled } from '@imageflow/schema';
import { z } from 'zod';
import { filterNames, filters } from './filters.ts';
import { qualityLimits } from './quality.ts';

const filterFields = {
  filter_type: z
    .enum(filterNames)
    .default('none')
    .meta(
      labelled(
        { en: 'Filter', ja: 'フィルタ' },
        { en: 'What to do with the image', ja: '画像に対する処理' },
        { choices: filters.map((filter) => filter.label) },
      ),
    ),
  parameters: z
    .record(z.string(), z.unknown())
    .default({})
    .meta(
      labelled(
        { en: 'Filter parameters', ja: 'フィルタのパラメータ' },
        { en: "The chosen filter's own parameters", ja: '選んだフィルタのパラメータ' },
      ),
    ),
};

export const applyFilterSchema = withFilterParameters(z.toJSONSchema(z.strictObject(filterFields), { io: 'input' }));

export const applyQualityFilterSchema = withFilterParameters(
  z.toJSONSchema(z.strictObject({ ...filterFields, ...qualityLimits }), { io: 'input' }),
);

/** `parameters` has the shape that `filter_type` asks for. */
function withFilterParameters(schema: JsonSchema): JsonSchema {
  const branches = filters.map((filter) => ({
    if: { properties: { filter_type: { const: filter.name } }, ...required(filter.name) },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    then: { properties: { parameters: withoutDialect(filter.parametersSchema) } },
  }));
  return { ...schema, allOf: branches };
}

/** An absent filter is "none", whose branch must match too. */
function required(name: string): Record<string, unknown> {
  return name === 'none' ? {} : { required: ['filter_type'] };
}

/** A dialect may only be named at the top. */
function withoutDialect({ $schema: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
