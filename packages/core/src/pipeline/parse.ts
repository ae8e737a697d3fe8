/** From unknown JSON to a pipeline definition, defaults filled in. */
import { AppError, type ValidationFault } from '../errors.ts';
import type { ErrorHandling, OutputSettings, PipelineDefinition, StepDefinition, StepPosition } from './definition.ts';
import { createReader, type Fields, isFields, join, type Reader } from './read.ts';

export const maxSteps = 500;
const maxTimeoutMs = 3_600_000;
const maxRetries = 10;

/** The words an `input_schema` may use for types. */
const typeWords = ['integer', 'float', 'number', 'boolean', 'string', 'enum', 'object', 'array'] as const;

const executionModes = ['direct_grpc', 'kafka_queue', 'hybrid'] as const;
const strategies = ['fail_fast', 'continue'] as const;
const outputFormats = ['jpeg', 'png', 'webp', 'avif', 'tiff'] as const;

const idRule = {
  max: 100,
  min: 1,
  pattern: /^[a-z0-9][a-z0-9._-]*$/,
  shape: {
    ja: '小文字・数字・「.」「_」「-」だけを使い、小文字か数字で始めてください',
    en: 'may hold lower-case letters, digits, ".", "_" and "-", and starts with a letter or digit',
  },
};
const stepIdRule = {
  max: 64,
  min: 1,
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
  shape: {
    ja: '英数字・「_」「-」だけを使い、英数字で始めてください',
    en: 'may hold letters, digits, "_" and "-", and starts with a letter or digit',
  },
};
const nameRule = {
  max: 100,
  min: 1,
  pattern: /^[A-Za-z][A-Za-z0-9_]*$/,
  shape: { ja: '英字で始まる英数字と「_」にしてください', en: 'may hold letters, digits and "_", and starts with a letter' },
};

/** @throws AppError VALIDATION_ERROR naming every fault by its JSON path. Says nothing about graph and components: see checkPipeline. */
export function parseDefinition(value: unknown): PipelineDefinition {
  const reader = createReader();
  const fields = reader.object(value, '');
  const definition = fields === undefined ? undefined : readDefinition(fields, reader);
  if (definition === undefined || reader.faults.length > 0) throw invalid(reader.faults);
  return definition;
}

function readDefinition(fields: Fields, reader: Reader): PipelineDefinition {
  reader.refuseUnknown(fields, '', [
    'pipeline_id',
    'name',
    'version',
    'description',
    'execution_mode',
    'steps',
    'error_handling',
    'output',
    'layout',
  ]);
  const pipelineId = reader.requiredText(fields, 'pipeline_id', '', idRule);
  const layout = readLayout(fields, reader);
  return {
    pipeline_id: pipelineId,
    name: reader.text(fields, 'name', '', { min: 1, max: 200 }) ?? pipelineId,
    version: reader.text(fields, 'version', '', { min: 1, max: 50 }) ?? '1.0.0',
    description: reader.text(fields, 'description', '', { max: 4000 }) ?? '',
    execution_mode: reader.oneOf(fields, 'execution_mode', '', executionModes) ?? 'direct_grpc',
    steps: readSteps(fields, reader),
    error_handling: readErrorHandling(fields, reader),
    output: readOutput(fields, reader),
    ...(layout !== undefined && { layout }),
  };
}

function readSteps(fields: Fields, reader: Reader): StepDefinition[] {
  const steps = reader.array(fields, 'steps', '');
  if (fields.steps === undefined || fields.steps === null) reader.fault('steps', '必須です', 'is required');
  if (steps === undefined) return [];
  if (steps.length === 0) reader.fault('steps', 'ステップが 1 つ以上必要です', 'needs at least one step');
  if (steps.length > maxSteps) {
    reader.fault('steps', `ステップは ${maxSteps} 個までです`, `may have at most ${maxSteps} steps`, steps.length);
    return [];
  }
  return steps.flatMap((step, index) => {
    const path = `steps[${index}]`;
    const stepFields = reader.object(step, path);
    return stepFields === undefined ? [] : [readStep(stepFields, path, reader)];
  });
}

function readStep(fields: Fields, path: string, reader: Reader): StepDefinition {
  reader.refuseUnknown(fields, path, [
    'step_id',
    'service',
    'method',
    'depends_on',
    'input_from',
    'input_schema',
    'parameters',
    'timeout_ms',
    'retry_count',
  ]);
  const optional = {
    input_from: reader.text(fields, 'input_from', path, { min: 1, max: 64 }),
    input_schema: readInputSchema(fields, path, reader),
    timeout_ms: reader.integer(fields, 'timeout_ms', path, [1, maxTimeoutMs]),
    retry_count: reader.integer(fields, 'retry_count', path, [0, maxRetries]),
  };
  return {
    step_id: reader.requiredText(fields, 'step_id', path, stepIdRule),
    service: reader.requiredText(fields, 'service', path, nameRule),
    method: reader.requiredText(fields, 'method', path, nameRule),
    depends_on: readDependencies(fields, path, reader),
    parameters: readObject(fields, 'parameters', path, reader) ?? {},
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

function readDependencies(fields: Fields, path: string, reader: Reader): string[] {
  const dependencies = reader.array(fields, 'depends_on', path) ?? [];
  return dependencies.flatMap((dependency, index) => {
    if (typeof dependency === 'string' && dependency !== '') return [dependency];
    reader.fault(`${path}.depends_on[${index}]`, 'step_id を文字列で書いてください', 'must be a step_id', dependency);
    return [];
  });
}

function readInputSchema(fields: Fields, path: string, reader: Reader): Record<string, string> | undefined {
  const schema = readObject(fields, 'input_schema', path, reader);
  if (schema === undefined) return undefined;
  for (const name of Object.keys(schema)) reader.oneOf(schema, name, join(path, 'input_schema'), typeWords);
  return Object.fromEntries(Object.entries(schema).map(([name, word]) => [name, String(word)]));
}

function readObject(fields: Fields, key: string, path: string, reader: Reader): Fields | undefined {
  const value = fields[key];
  return value === undefined || value === null ? undefined : reader.object(value, join(path, key));
}

function readErrorHandling(fields: Fields, reader: Reader): ErrorHandling {
  const path = 'error_handling';
  const given = readObject(fields, path, '', reader) ?? {};
  reader.refuseUnknown(given, path, ['strategy', 'rollback_enabled', 'notification_on_failure', 'notification_url']);
  const url = reader.text(given, 'notification_url', path, {
    max: 2000,
    pattern: /^https?:\/\/[^\s/]+/,
    shape: { ja: 'http:// か https:// で始まるアドレスにしてください', en: 'must be an http or https address' },
  });
  return {
    strategy: reader.oneOf(given, 'strategy', path, strategies) ?? 'fail_fast',
    rollback_enabled: reader.boolean(given, 'rollback_enabled', path) ?? false,
    notification_on_failure: reader.boolean(given, 'notification_on_failure', path) ?? false,
    ...(url !== undefined && { notification_url: url }),
  };
}

/** The member "output" of a definition, or of an execution's parameters. */
export function readOutput(fields: Fields, reader: Reader): OutputSettings {
  const given = readObject(fields, 'output', '', reader) ?? {};
  reader.refuseUnknown(given, 'output', ['format', 'quality']);
  const format = reader.oneOf(given, 'format', 'output', outputFormats);
  const quality = reader.integer(given, 'quality', 'output', [1, 100]);
  return { ...(format !== undefined && { format }), ...(quality !== undefined && { quality }) };
}

/** Positions of steps that no longer exist are dropped: an editor need not tidy up. */
function readLayout(fields: Fields, reader: Reader): Record<string, StepPosition> | undefined {
  const given = readObject(fields, 'layout', '', reader);
  if (given === undefined) return undefined;
  const steps = new Set(Array.isArray(fields.steps) ? fields.steps.map((step) => (isFields(step) ? step.step_id : undefined)) : []);
  const placed = Object.entries(given).filter(([stepId]) => steps.has(stepId));
  return Object.fromEntries(
    placed.flatMap(([stepId, position]) => {
      if (isFields(position) && isCoordinate(position.x) && isCoordinate(position.y)) {
        return [[stepId, { x: position.x, y: position.y }]];
      }
      reader.fault(`layout.${stepId}`, '{ x, y } を数値で書いてください', 'must be { x, y } with numbers');
      return [];
    }),
  );
}

function isCoordinate(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= 1e6;
}

function invalid(faults: readonly ValidationFault[]): AppError {
  const [first] = faults;
  const rest = faults.length - 1;
  return new AppError('VALIDATION_ERROR', {
    detail: {
      ja: `${first?.field}: ${first?.message.ja}${rest > 0 ? `（ほか ${rest} 件）` : ''}`,
      en: `${first?.field}: ${first?.message.en}${rest > 0 ? ` (and ${rest} more)` : ''}`,
    },
    faults,
  });
}
