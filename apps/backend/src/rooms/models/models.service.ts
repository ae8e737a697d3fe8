/** Models on every instance of AIDetectionService: listed together, added to all, brought to those that come later. */
import { randomUUID } from 'node:crypto';
import type { Tables } from '@imageflow/adapters/database';
import type { ServicePool } from '@imageflow/adapters/rpc';
import { AppError, type Clock, type ObjectStore } from '@imageflow/core';
import type { ModelDescription__Output } from '@imageflow/grpc';
import type { FastifyBaseLogger } from 'fastify';
import type { Kysely } from 'kysely';
import { type ModelInstance, modelInstances } from './instances.ts';
import { deleteStoredModel, insertStoredModel, type StoredModel, selectStoredModels } from './stored-models.ts';

export interface ModelView {
  readonly description: ModelDescription__Output;
  readonly instances: readonly { readonly instanceId: string; readonly isLoaded: boolean; readonly fault: string }[];
}

export interface ModelsService {
  /** By name. @throws AppError AI_SERVICE_UNAVAILABLE when no instance answers */
  list(signal: AbortSignal): Promise<readonly ModelView[]>;
  /** @throws AppError NOT_FOUND, AI_SERVICE_UNAVAILABLE */
  get(name: string, signal: AbortSignal): Promise<ModelView>;
  /** Takes a file in; it is part of nothing yet. @throws AppError TOO_LARGE */
  receive(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<ReceivedModel>;
  discard(received: ReceivedModel): Promise<void>;
  /** @throws AppError MODEL_INVALID with the reasons, CONFLICT when the name is in use, AI_SERVICE_UNAVAILABLE; then the file is gone */
  add(received: ReceivedModel, about: AboutModel, signal: AbortSignal): Promise<ModelView>;
  /** @throws AppError NOT_FOUND, CONFLICT for a shipped one */
  remove(name: string, signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface ReceivedModel {
  readonly objectKey: string;
  readonly sizeBytes: number;
}

export interface AboutModel {
  readonly name: string;
  readonly labels: string;
  readonly license: string;
}

export interface ModelsNeeds {
  readonly db: Kysely<Tables>;
  readonly objects: ObjectStore;
  readonly pool: ServicePool;
  readonly clock: Clock;
  readonly logger: FastifyBaseLogger;
}

/** The largest detector of the YOLO11 family is 228 MB in 32-bit floats. */
export const maxModelBytes = 1_000_000_000;

export function createModelsService(needs: ModelsNeeds): ModelsService {
  const { db, objects, pool, clock } = needs;
  const stopBringing = bringToNewcomers(needs);

  const list = async (signal: AbortSignal): Promise<readonly ModelView[]> => joinLists(await listAll(modelInstances(pool, clock), signal));
  const get = async (name: string, signal: AbortSignal): Promise<ModelView> =>
    (await list(signal)).find(({ description }) => description.info?.name === name) ?? unknownModel(name);

  return {
    list,
    get,
    async receive(bytes, signal) {
      const objectKey = `models/${randomUUID()}.onnx`;
      const options = { contentType: 'application/octet-stream', maxBytes: maxModelBytes, durable: true, signal };
      const { sizeBytes } = await objects.put(objectKey, bytes, options).catch(refuseTooLarge);
      return { objectKey, sizeBytes };
    },
    discard: ({ objectKey }) => objects.delete(objectKey),
    async add({ objectKey, sizeBytes }, about, signal) {
      const model: StoredModel = { ...about, object_key: objectKey, size_bytes: sizeBytes };
      try {
        const [first, ...others] = modelInstances(pool, clock);
        await first.add(model, signal);
        await insertStoredModel(db, model);
        await Promise.all(others.map((instance) => bring(instance, [model], needs, signal)));
      } catch (error) {
        await objects.delete(objectKey);
        throw error;
      }
      return get(about.name, signal);
    },
    async remove(name, signal) {
      const { description } = await get(name, signal);
      if (description.origin === 'shipped') throw shippedModel(name);
      // Forgotten first: an instance that comes while the others are told must not get it again.
      const stored = await deleteStoredModel(db, name);
      await Promise.all(modelInstances(pool, clock).map((instance) => instance.remove(name, signal).catch(ignoreUnknown)));
      if (stored !== undefined) await objects.delete(stored.object_key);
    },
    close: stopBringing,
  };
}

type Listing = readonly [instanceId: string, models: readonly ModelDescription__Output[]];

/** An instance that fails is left out as long as another answers. */
async function listAll(instances: readonly ModelInstance[], signal: AbortSignal): Promise<readonly Listing[]> {
  const settled = await Promise.allSettled(
    instances.map(async (instance): Promise<Listing> => [instance.instanceId, await instance.list(signal)]),
  );
  const answered = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const [failed] = settled.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  if (answered.length === 0) throw failed;
  return answered;
}

function joinLists(listings: readonly Listing[]): readonly ModelView[] {
  const names = [...new Set(listings.flatMap(([, models]) => models.map((model) => model.info?.name ?? '')))].sort();
  return names.flatMap((name) => {
    const found = listings.flatMap(([instanceId, models]) =>
      models.filter((model) => model.info?.name === name).map((model) => ({ instanceId, model })),
    );
    const usable = found.find(({ model }) => model.fault === '') ?? found[0];
    const instances = found.map(({ instanceId, model }) => ({ instanceId, isLoaded: model.loaded, fault: model.fault }));
    return usable === undefined ? [] : [{ description: usable.model, instances }];
  });
}

/** Instances with a model folder of their own (containers) get what was added while they were away. */
function bringToNewcomers(needs: ModelsNeeds): () => void {
  const stopping = new AbortController();
  const served = new Map<string, number>();
  const unsubscribe = needs.pool.subscribe(({ kind, instance: { id, service, status, restarts } }) => {
    if (service !== 'AIDetectionService') return;
    if (kind === 'instance_removed' || status === 'unavailable') served.delete(id);
    if (status !== 'active' || served.get(id) === restarts) return;
    served.set(id, restarts);
    void bringAll(id, needs, stopping.signal);
  });
  return () => {
    unsubscribe();
    stopping.abort();
  };
}

/** Never rejects. */
async function bringAll(instanceId: string, needs: ModelsNeeds, signal: AbortSignal): Promise<void> {
  try {
    const stored = await selectStoredModels(needs.db);
    const instance = modelInstances(needs.pool, needs.clock).find((each) => each.instanceId === instanceId);
    if (instance !== undefined && stored.length > 0) await bring(instance, stored, needs, signal);
  } catch (error) {
    if (!signal.aborted) needs.logger.warn({ err: error, instance_id: instanceId }, 'models were not brought to an instance');
  }
}

/** Never rejects: what fails now is brought when the instance comes back. */
async function bring(instance: ModelInstance, models: readonly StoredModel[], needs: ModelsNeeds, signal: AbortSignal): Promise<void> {
  const facts = { instance_id: instance.instanceId };
  try {
    const known = new Set((await instance.list(signal)).map((model) => model.info?.name));
    for (const model of models) if (!known.has(model.name)) await instance.add(model, signal).catch(ignoreKnown);
  } catch (error) {
    if (!signal.aborted) needs.logger.warn({ err: error, ...facts }, 'a model was not brought to an instance');
  }
}

/** Instances may share their model folder: then one has it as soon as another has. */
function ignoreKnown(error: unknown): void {
  if (!(error instanceof AppError) || error.code !== 'CONFLICT') throw error;
}

function ignoreUnknown(error: unknown): void {
  if (!(error instanceof AppError) || error.code !== 'NOT_FOUND') throw error;
}

function refuseTooLarge(error: unknown): never {
  if (!(error instanceof AppError) || error.code !== 'OBJECT_TOO_LARGE') throw error;
  throw new AppError('TOO_LARGE', {
    detail: {
      ja: `モデルファイルは ${maxModelBytes / 1_000_000} MB までです`,
      en: `A model file may have up to ${maxModelBytes / 1_000_000} MB`,
    },
    cause: error,
  });
}

function unknownModel(name: string): never {
  throw new AppError('NOT_FOUND', { detail: { ja: `モデル ${name} はありません`, en: `There is no model ${name}` } });
}

function shippedModel(name: string): AppError {
  return new AppError('CONFLICT', {
    detail: { ja: `モデル ${name} は同梱品のため削除できません`, en: `The model ${name} is shipped with the platform and stays` },
  });
}
