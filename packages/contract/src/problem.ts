/** Errors as they cross the wire: RFC 9457 problem documents. */
import { catalogue, type ErrorCode } from '@imageflow/core';
import { z } from 'zod';

// Object.keys forgets the names that the catalogue's type has.
const codes = Object.keys(catalogue) as [ErrorCode, ...ErrorCode[]];

export const problemMediaType = 'application/problem+json';
export const problemBase = 'https://api.imageflowcanvas.com/errors/';

export const validationFault = z
  .object({
    field: z
      .string()
      .meta({ description: 'JSON path of the place; of other parts "query.limit", "header.if-match"', examples: ['confidence_threshold'] }),
    message: z.string().meta({ examples: ['値は0.0以上1.0以下である必要があります'] }),
    value: z
      .unknown()
      .optional()
      .meta({ description: 'What was sent there, when it is short and no secret', examples: [1.5] }),
  })
  .meta({ id: 'ValidationFault' });

export const problem = z
  .looseObject({
    type: z.string().meta({ description: 'Names the kind of error', examples: [`${problemBase}validation-error`] }),
    title: z.string().meta({ description: 'The kind in words', examples: ['入力データが無効です'] }),
    status: z.int().meta({ examples: [400] }),
    detail: z.string().meta({
      description: 'What happened here and what to do about it, in the language of Accept-Language (Japanese when absent)',
      examples: ['confidence_thresholdは0.0-1.0の範囲で指定してください'],
    }),
    instance: z.string().meta({ description: 'Path of the request', examples: ['/api/v1/executions'] }),
    code: z.enum(codes).meta({ description: 'For programs', examples: ['VALIDATION_ERROR'] }),
    trace_id: z.string().meta({ description: 'Finds the request in the logs', examples: ['4bf92f3577b34da6a3ce929d0e0e4736'] }),
    validation_errors: z.array(validationFault).optional(),
    error: z
      .object({ type: z.string(), message: z.string(), pipeline_id: z.string() })
      .optional()
      .meta({ description: 'Of POST /pipelines/{id}/execute: why the execution failed' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem document; some errors add further members' });

export type Problem = z.output<typeof problem>;
