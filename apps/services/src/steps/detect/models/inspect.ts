/** Looks at a model file as closely as it takes to trust it: header, inputs, outputs, one run. */
import { stat } from 'node:fs/promises';
import { AppError } from '@imageflow/core';
import type { InferenceEngine } from '../inference/engine.ts';
import type { OpenedModel } from '../inference/messages.ts';
import { decideContract, decideInput, imageNetClasses, type ModelContract } from './contract.ts';
import { ModelFault } from './faults.ts';
import { parseNames } from './names.ts';
import { type OnnxHeader, readOnnxHeader } from './onnx-file.ts';

export interface InspectedModel {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly contract: ModelContract;
  readonly metadata: ReadonlyMap<string, string>;
}

export interface InspectParts {
  readonly engine: InferenceEngine;
  readonly maxModelBytes: number;
  readonly imageNetLabels: readonly string[];
}

/** What is known of the file from elsewhere. */
export interface InspectHints {
  /** Used when the file holds no names. */
  readonly classNames: readonly string[] | undefined;
  readonly resizeSide: number | undefined;
}

/** Throws ModelFault when the model cannot be used; afterwards it is loaded. */
export async function inspectModel(path: string, hints: InspectHints, parts: InspectParts): Promise<InspectedModel> {
  await refuseTooLarge(path, parts.maxModelBytes);
  const header = await readOnnxHeader(path);
  // Before a large model is loaded for nothing.
  decideInput(header.io, header.metadata);
  const opened = await openModel(path, parts.engine);
  try {
    const contract = await decide(path, opened, header, hints, parts);
    return { sha256: opened.sha256, sizeBytes: opened.sizeBytes, contract, metadata: header.metadata };
  } catch (error) {
    await parts.engine.perform({ kind: 'close', sha256: opened.sha256 });
    throw error;
  }
}

async function decide(
  path: string,
  opened: OpenedModel,
  header: OnnxHeader,
  hints: InspectHints,
  parts: InspectParts,
): Promise<ModelContract> {
  const { metadata } = header;
  const input = decideInput(opened, metadata);
  const model = { path, sha256: opened.sha256, isPinned: false };
  const { name: inputName, type, width, height } = input;
  const known = parseNames(metadata.get('names') ?? '') ?? hints.classNames;
  const job = { kind: 'try', model, inputName, type, width, height, classCount: known?.length } as const;
  const trial = await asFault(parts.engine.perform(job), cannotRun);
  const [, count] = trial.output.dims;
  const guessed = trial.output.dims.length === 2 && count === imageNetClasses ? parts.imageNetLabels : undefined;
  const classNames = known ?? guessed;
  return decideContract(opened, input, trial, { metadata, classNames, resizeSide: hints.resizeSide });
}

async function refuseTooLarge(path: string, maxModelBytes: number): Promise<void> {
  const { size } = await stat(path);
  if (size > maxModelBytes) throw tooLarge(size, maxModelBytes);
}

export function tooLarge(sizeBytes: number, maxModelBytes: number): ModelFault {
  const [has, limit] = [sizeBytes, maxModelBytes].map((bytes) => (bytes / 1024 / 1024).toFixed(1));
  return new ModelFault(`${has} MiB あり、上限 ${limit} MiB を超えています`, `It has ${has} MiB, more than the limit of ${limit} MiB`);
}

function openModel(path: string, engine: InferenceEngine): Promise<OpenedModel> {
  return asFault(engine.perform({ kind: 'open', path }), cannotLoad);
}

/** What onnxruntime complains of is the model's fault, what the service complains of is not. */
async function asFault<T>(work: Promise<T>, describe: (why: string, cause: unknown) => ModelFault): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw describe(shorten(error), error);
  }
}

function cannotLoad(why: string, cause: unknown): ModelFault {
  return new ModelFault(`onnxruntime が読み込めません: ${why}`, `onnxruntime cannot load it: ${why}`, cause);
}

function cannotRun(why: string, cause: unknown): ModelFault {
  return new ModelFault(`onnxruntime で実行できません: ${why}`, `onnxruntime cannot run it: ${why}`, cause);
}

function shorten(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, ' ').slice(0, 300);
}
