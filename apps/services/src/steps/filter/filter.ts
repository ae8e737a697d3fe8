/** One filter: its name, parameters and image work. */
import type { AffineMap, Detection, JsonSchema, LocalizedText, Transform } from '@imageflow/core';
import { z } from 'zod';
import type { Pixels } from '../../image/source.ts';

export interface FilterInput {
  readonly pixels: Pixels;
  readonly detections: readonly Detection[];
  /** From the upright original to `pixels`. */
  readonly transform: Transform;
  /** What the result may have at most. */
  readonly maxPixels: number;
}

export interface FilterOutput {
  readonly pixels: Pixels;
  /** From the input's pixels to the output's; absent = geometry unchanged. */
  readonly map?: AffineMap;
}

export interface Filter {
  readonly name: string;
  readonly label: LocalizedText;
  /** Of the `parameters` object. */
  readonly parametersSchema: JsonSchema;
  /** Throws AppError. */
  apply(input: FilterInput, parameters: Readonly<Record<string, unknown>>): Promise<FilterOutput>;
}

interface FilterDefinition<Schema extends z.ZodObject> {
  readonly name: string;
  readonly label: LocalizedText;
  readonly parameters: Schema;
  apply(input: FilterInput, parameters: z.output<Schema>): FilterOutput | Promise<FilterOutput>;
}

/** The JSON Schema that is shown and the values that arrive come from the same definition. */
export function defineFilter<Schema extends z.ZodObject>(definition: FilterDefinition<Schema>): Filter {
  const { name, label, parameters } = definition;
  return {
    name,
    label,
    parametersSchema: z.toJSONSchema(parameters, { io: 'input' }),
    apply: async (input, given) => definition.apply(input, parameters.parse(given)),
  };
}
