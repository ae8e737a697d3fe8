import { expect, test } from 'vitest';
import type { Component } from '../pipeline/component.ts';
import { parseDefinition } from '../pipeline/parse.ts';
import { checkStill, checkStreamable } from './check.ts';

function componentOf(method: string, more: Pick<Component, 'streamable' | 'needs_stream'>): [string, Component] {
  const id = `S.${method}`;
  const texts = { label: { ja: '', en: '' }, description: { ja: '', en: '' }, parameters_schema: {}, category: 'other' } as const;
  const flags = { produces_image: false, produces_detections: false, consumes_detections: false };
  return [id, { component_id: id, service: 'S', method, ...texts, ...flags, ...more, default_timeout_ms: 1, default_retry_count: 0 }];
}

const catalogue = new Map([
  componentOf('Any', { streamable: true }),
  componentOf('Slow', { streamable: false }),
  componentOf('Track', { streamable: true, needs_stream: true }),
]);

function faultsOf(check: typeof checkStill, ...methods: readonly string[]): readonly string[] {
  const steps = methods.map((method) => ({ step_id: method.toLowerCase(), service: 'S', method }));
  const definition = parseDefinition({ pipeline_id: 'p', name: 'p', version: '1', execution_mode: 'direct_grpc', steps });
  return check(definition, catalogue).map(({ field, message }) => `${field}: ${message.en}`);
}

test('a stream refuses steps that are too slow for it, by their names', () => {
  expect(faultsOf(checkStreamable, 'Any', 'Track')).toEqual([]);
  expect(faultsOf(checkStreamable, 'Any', 'Slow')).toEqual([
    'steps[1].method: The step "slow" uses S.Slow, which does not work on live video (it is not streamable)',
  ]);
});

test('an execution refuses steps that need the frames before', () => {
  expect(faultsOf(checkStill, 'Any', 'Slow')).toEqual([]);
  expect(faultsOf(checkStill, 'Track')).toEqual([
    'steps[0].method: The step "track" uses S.Track, which needs a stream: run this pipeline on live video',
  ]);
});
