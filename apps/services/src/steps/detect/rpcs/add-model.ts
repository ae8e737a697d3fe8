/** AddModel: a file of the object store becomes a model, when it passes. */

import { AppError } from '@imageflow/core';
import type { AddModelRequest__Output, AddModelResponse } from '@imageflow/grpc';
import { refuseOtherBucket } from '../../../scaffold/inputs.ts';
import type { Handle } from '../../../scaffold/program.ts';
import { modelInvalid } from '../models/faults.ts';
import { modelNamePattern } from '../models/folder.ts';
import { tooLarge } from '../models/inspect.ts';
import { parseLabels } from '../models/names.ts';
import { type ModelParts, toWireModelDescription } from './models.ts';

export function createAddModel(parts: ModelParts): Handle<AddModelRequest__Output, AddModelResponse> {
  const { registry, objects } = parts;
  return async (request, { signal }) => {
    const { name } = request;
    if (!modelNamePattern.test(name)) throw invalid('name', badName.ja, badName.en, name);
    await registry.folder.look();
    const key = await checkFile(request, parts);
    await registry.folder.add({
      name,
      bytes: await objects.stream(key, undefined, signal),
      classNames: readLabels(request.labels),
      license: request.license === '' ? undefined : request.license.slice(0, 500),
      signal,
    });
    const added = (await registry.list()).find((model) => model.name === name);
    if (added === undefined) throw new AppError('CONFLICT');
    return { model: toWireModelDescription(added, parts.engine) };
  };
}

/** The file's key in the store. Throws VALIDATION_ERROR, OBJECT_NOT_FOUND, MODEL_INVALID (too large). */
async function checkFile(request: AddModelRequest__Output, { objects, maxModelBytes }: ModelParts): Promise<string> {
  const file = request.model_file;
  if (file === null || file.object_key === '') {
    throw invalid('model_file', 'モデルのファイルを指定してください', 'Give the model file', undefined);
  }
  refuseOtherBucket(file.bucket, objects, 'model_file.bucket');
  const found = await objects.head(file.object_key);
  if (found === undefined) throw new AppError('OBJECT_NOT_FOUND');
  if (found.sizeBytes > maxModelBytes) throw modelInvalid(request.name, tooLarge(found.sizeBytes, maxModelBytes).reason);
  return file.object_key;
}

function readLabels(text: string): readonly string[] | undefined {
  if (text.trim() === '') return undefined;
  const labels = parseLabels(text);
  if (labels !== undefined) return labels;
  throw invalid('labels', '一行に一つのラベルか、JSON 配列にしてください', 'Give one label a line, or a JSON array', text.slice(0, 100));
}

const badName = {
  ja: 'モデル名に使えるのは英小文字、数字、「.」「_」「-」の 64 文字までで、英小文字か数字で始めます',
  en: 'A model name may hold lower-case letters, digits, ".", "_" and "-", at most 64, and starts with a letter or digit',
};

function invalid(field: string, ja: string, en: string, value: unknown): AppError {
  const message = { ja, en };
  return new AppError('VALIDATION_ERROR', { detail: message, faults: [{ field, message, value }] });
}
