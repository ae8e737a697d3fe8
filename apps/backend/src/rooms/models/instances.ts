/** The model calls of AIDetectionService, on each of its instances. */
import type { ServicePool } from '@imageflow/adapters/rpc';
import { AppError, type Clock } from '@imageflow/core';
import type { ListModelsResponse__Output, ModelDescription__Output } from '@imageflow/grpc';
import type { StoredModel } from './stored-models.ts';

export interface ModelInstance {
  readonly instanceId: string;
  list(signal: AbortSignal): Promise<readonly ModelDescription__Output[]>;
  /** @throws AppError MODEL_INVALID with the reasons, CONFLICT when the name is in use */
  add(model: StoredModel, signal: AbortSignal): Promise<void>;
  remove(name: string, signal: AbortSignal): Promise<void>;
}

const service = 'AIDetectionService';
const listMs = 10_000;
/** Copies the file, makes a session and runs it once: seconds for the largest models. */
const addMs = 120_000;

/** Those that answer now. @throws AppError AI_SERVICE_UNAVAILABLE when there is none */
export function modelInstances(pool: ServicePool, clock: Clock): readonly [ModelInstance, ...ModelInstance[]] {
  const [first, ...others] = pool.channels(service).map((entry) => toModelInstance(entry, clock));
  if (first !== undefined) return [first, ...others];
  throw new AppError('AI_SERVICE_UNAVAILABLE', { retryAfterSeconds: 10 });
}

function toModelInstance({ instanceId, channel }: ReturnType<ServicePool['channels']>[number], clock: Clock): ModelInstance {
  const terms = (limitMs: number, signal: AbortSignal) => ({ deadline: clock.now() + limitMs, signal });
  return {
    instanceId,
    async list(signal) {
      const asked: Promise<ListModelsResponse__Output> = channel.call(service, (client) => client.ListModels, {}, terms(listMs, signal));
      return (await asked.catch(refuse)).models;
    },
    async add({ name, object_key, size_bytes, labels, license }, signal) {
      const model_file = { object_key, size_bytes, content_type: 'application/octet-stream' };
      await channel.call(service, (client) => client.AddModel, { name, model_file, labels, license }, terms(addMs, signal)).catch(refuse);
    },
    async remove(name, signal) {
      await channel.call(service, (client) => client.RemoveModel, { name }, terms(listMs, signal)).catch(refuse);
    },
  };
}

/** The AI service has a code of its own. */
function refuse(error: unknown): never {
  if (!(error instanceof AppError) || error.code !== 'SERVICE_UNAVAILABLE') throw error;
  throw new AppError('AI_SERVICE_UNAVAILABLE', { retryAfterSeconds: 10, cause: error });
}
