/** What a client wants run, read from the form that it sent. */
import { createHash } from 'node:crypto';
import { AppError, type Priority } from '@imageflow/core';
import { uuidPattern } from '../../doors/page.ts';
import type { FileRow } from '../../engine/jobs.queries.ts';

/** A wish to run a pipeline, from whichever door. */
export interface StartRequest {
  /** UUID or readable id. */
  readonly pipeline: string;
  /** In order: those received with this request first. */
  readonly fileIds: readonly string[];
  /** In the store, not yet in the database. */
  readonly uploads: readonly FileRow[];
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly priority: Priority;
  /** Same content, same text: for idempotency keys. */
  readonly fingerprint: string;
}

const fieldNames = ['pipeline_id', 'input_file_ids', 'parameters', 'priority', 'output_format'];

/** @throws AppError VALIDATION_ERROR naming the field */
export function toStartRequest(fields: ReadonlyMap<string, string>, uploads: readonly FileRow[]): StartRequest {
  for (const name of fields.keys()) if (!fieldNames.includes(name)) throw unknownField(name);
  const pipeline = fields.get('pipeline_id')?.trim() ?? '';
  if (pipeline === '') throw invalid('pipeline_id', '必須です', 'is required');
  const stored = readIds(fields.get('input_file_ids') ?? '');
  if (uploads.length + stored.length === 0) throw noImage();
  const parameters = readParameters(fields);
  const priority = readPriority(fields.get('priority'));
  const contents = [...uploads.map((upload) => [upload.sha256, upload.filename]), ...stored];
  return {
    pipeline,
    fileIds: [...uploads.map((upload) => upload.id), ...stored],
    uploads,
    parameters,
    priority,
    fingerprint: fingerprint([pipeline, contents, parameters, priority]),
  };
}

export function fingerprint(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** Separated by commas, or a JSON array. */
function readIds(text: string): readonly string[] {
  const ids = text
    .replaceAll(/[[\]"\s]/g, '')
    .split(',')
    .filter((id) => id !== '')
    .map((id) => id.toLowerCase());
  const wrong = ids.find((id) => !uuidPattern.test(id));
  if (wrong === undefined) return ids;
  throw invalid('input_file_ids', 'ファイル ID をカンマで区切って書いてください', 'must be file ids separated by commas', wrong);
}

function readParameters(fields: ReadonlyMap<string, string>): Readonly<Record<string, unknown>> {
  const given = parseObject(fields.get('parameters') ?? '');
  const format = fields.get('output_format');
  if (format === undefined || format === '') return given;
  const output = typeof given.output === 'object' && given.output !== null ? given.output : {};
  return { ...given, output: { ...output, format } };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Answered below, like any other text that is not an object.
  }
  throw invalid('parameters', 'JSON オブジェクトにしてください', 'must be a JSON object', text);
}

function readPriority(text: string | undefined): Priority {
  if (text === undefined || text === '') return 'normal';
  if (text === 'low' || text === 'normal' || text === 'high') return text;
  throw invalid('priority', 'low, normal, high のどれかにしてください', 'must be one of low, normal, high', text);
}

function noImage(): AppError {
  return invalid(
    'input_files',
    '画像がありません。input_files か input_file_ids を指定してください',
    'There is no image: send input_files or input_file_ids',
  );
}

function unknownField(name: string): AppError {
  const known = ['input_files', ...fieldNames].join(', ');
  return invalid(name.slice(0, 100), `知られていない項目です。使える項目: ${known}`, `is not known; known are ${known}`);
}

function invalid(field: string, ja: string, en: string, value?: string): AppError {
  return new AppError('VALIDATION_ERROR', {
    detail: { ja: `${field}: ${ja}`, en: `${field}: ${en}` },
    faults: [{ field, message: { ja, en }, ...(value !== undefined && { value: value.slice(0, 200) }) }],
  });
}
