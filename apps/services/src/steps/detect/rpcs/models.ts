/** ListModels and RemoveModel. */

import { AppError, type ObjectStore } from '@imageflow/core';
import type {
  ListModelsRequest__Output,
  ListModelsResponse,
  ModelDescription,
  RemoveModelRequest__Output,
  RemoveModelResponse,
} from '@imageflow/grpc';
import type { Handle } from '../../../scaffold/program.ts';
import type { InferenceEngine } from '../inference/engine.ts';
import { identify, type Model } from '../models/model.ts';
import type { ModelRegistry } from '../models/registry.ts';

export interface ModelParts {
  readonly engine: InferenceEngine;
  readonly registry: ModelRegistry;
  readonly objects: ObjectStore;
  readonly maxModelBytes: number;
}

export function createListModels(parts: ModelParts): Handle<ListModelsRequest__Output, ListModelsResponse> {
  return async () => ({ models: (await parts.registry.list()).map((model) => toWireModelDescription(model, parts.engine)) });
}

export function createRemoveModel({ registry }: ModelParts): Handle<RemoveModelRequest__Output, RemoveModelResponse> {
  return async ({ name }) => {
    if (registry.isShipped(name)) throw isShipped(name);
    await registry.folder.look();
    if (!registry.folder.models.has(name)) throw notFound(name);
    await registry.folder.remove(name);
    await registry.folder.look();
    return {};
  };
}

export function toWireModelDescription(model: Model, engine: InferenceEngine): ModelDescription {
  const { name, sha256, license, origin, sizeBytes } = model;
  const common = { origin, size_bytes: sizeBytes, loaded: engine.isLoaded(sha256) };
  if (model.kind === 'faulty') {
    const description = `${model.description.en} / ${model.description.ja}`;
    return { ...common, info: { name, sha256, license, adapter: '', description }, fault: `${model.fault.en} / ${model.fault.ja}` };
  }
  const { contract } = model;
  const { width, height, isDynamic, type } = contract.input;
  return {
    ...common,
    info: { ...identify(model) },
    task: contract.task,
    class_names: [...contract.classNames],
    input_width: isDynamic ? 0 : width,
    input_height: isDynamic ? 0 : height,
    input_type: type,
    end_to_end: contract.layout === 'end_to_end',
    default_confidence_threshold: model.confidenceThreshold,
    default_iou_threshold: model.iouThreshold,
    fault: '',
  };
}

function isShipped(name: string): AppError {
  return new AppError('CONFLICT', {
    detail: {
      ja: `「${name}」は同梱モデルなので削除できません`,
      en: `"${name}" comes with the platform and cannot be removed`,
    },
  });
}

function notFound(name: string): AppError {
  return new AppError('NOT_FOUND', {
    detail: { ja: `追加されたモデルに「${name}」はありません`, en: `There is no added model "${name}"` },
  });
}
