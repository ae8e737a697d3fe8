/** All models by name: those shipped and the user's own. */
import { AppError } from '@imageflow/core';
import type { Logger } from 'pino';
import type { InferenceEngine } from '../inference/engine.ts';
import { type Adapter, adapters } from './contract.ts';
import { modelInvalid, parameterFault } from './faults.ts';
import { type ModelFolder, openModelFolder } from './folder.ts';
import { readImageNetLabels, readManifest } from './manifest.ts';
import type { Model, UsableModel } from './model.ts';
import { openShippedModel } from './shipped.ts';

export interface ModelRegistry {
  /**
   * The model a step asks for: a name, an adapter type (the user's model of that type, else the shipped one), or none (the method's default).
   * Throws VALIDATION_ERROR that lists the known names, or MODEL_INVALID with the reason.
   */
  resolve(name: string | undefined, method: string): Promise<UsableModel>;
  /** Shipped first, then by name; the folder is looked at first. */
  list(): Promise<readonly Model[]>;
  readonly folder: ModelFolder;
  isShipped(name: string): boolean;
  close(): void;
}

export interface RegistryParts {
  readonly engine: InferenceEngine;
  readonly folder: string;
  readonly maxModelBytes: number;
  readonly log: Logger;
  /** How often the folder is looked at, ms. */
  readonly pollMs: number;
}

/** Resolves at once; the user's models are checked in the background and whoever needs one waits for that. */
export async function openRegistry(parts: RegistryParts): Promise<ModelRegistry> {
  const manifest = await readManifest();
  const inspection = { engine: parts.engine, maxModelBytes: parts.maxModelBytes, imageNetLabels: await readImageNetLabels() };
  const isShipped = (name: string) => manifest.some((model) => model.name === name);
  const folder = await openModelFolder({ ...inspection, folder: parts.folder, isTaken: isShipped, log: parts.log });
  const shipped = await Promise.all(manifest.map(openShippedModel));
  logFaults(shipped, parts.log);
  warmUp(shipped, parts.engine).catch(logFailure(parts.log));
  const firstLook = folder.look();
  firstLook.catch(logFailure(parts.log));
  const timer = setInterval(() => folder.look().catch(logFailure(parts.log)), parts.pollMs);
  timer.unref();

  async function all(): Promise<readonly Model[]> {
    await firstLook;
    return [...shipped, ...folder.models.values()];
  }

  async function find(name: string, method: string): Promise<Model | undefined> {
    return shipped.find((model) => model.name === name) ?? choose(await all(), name, method);
  }

  return {
    folder,
    isShipped,
    async resolve(name, method) {
      const wanted = name ?? manifest.find((model) => model.defaultFor.includes(method))?.name ?? '';
      let model = await find(wanted, method);
      // Perhaps it has just been dropped, or was looked at while it was still being copied.
      if (model?.kind !== 'usable') {
        await folder.look();
        model = await find(wanted, method);
      }
      if (model === undefined) throw unknownModel(wanted, await all());
      if (model.kind === 'faulty') throw modelInvalid(model.name, model.fault);
      return model;
    },
    async list() {
      await firstLook;
      await folder.look();
      return all();
    },
    close: () => clearInterval(timer),
  };
}

/**
 * Loads and runs the defect model, so that the first inspection of the day is as fast as the others. It is the smallest (50 MB loaded);
 * the others follow when first asked for.
 */
async function warmUp(models: readonly Model[], engine: InferenceEngine): Promise<void> {
  const model = models.find((each) => isDefault(each, 'DetectDefects'));
  if (model?.kind !== 'usable') return;
  const { name: inputName, type, width, height } = model.contract.input;
  const file = { path: model.path, sha256: model.sha256, isPinned: true };
  await engine.perform({ kind: 'try', model: file, inputName, type, width, height, classCount: undefined });
}

/** Exact name, then adapter type. Of several models of a type the one whose name starts with it is meant, then the first by name. */
function choose(models: readonly Model[], name: string, method: string): Model | undefined {
  const exact = models.find((model) => model.name === name);
  if (exact !== undefined || !isAdapter(name)) return exact;
  const ofType = models.filter((model) => model.kind === 'usable' && model.contract.adapter === name);
  const own = ofType.filter((model) => model.origin === 'user');
  return own.find((model) => model.name.startsWith(name)) ?? own[0] ?? ofType.find((model) => isDefault(model, method)) ?? ofType[0];
}

function isAdapter(name: string): name is Adapter {
  return adapters.some((adapter) => adapter === name);
}

function isDefault(model: Model, method: string): boolean {
  return model.kind === 'usable' && model.defaultFor.includes(method);
}

function unknownModel(name: string, models: readonly Model[]): AppError {
  const known = [...models.map((model) => model.name), ...adapters].join(', ');
  return parameterFault(
    'model_name',
    `モデル「${name}」はありません。使えるモデル: ${known}`,
    `There is no model "${name}". Known are: ${known}`,
    name,
  );
}

function logFaults(models: readonly Model[], log: Logger): void {
  for (const model of models) {
    if (model.kind === 'faulty') log.error({ model: model.name, fault: model.fault.en }, 'shipped model cannot be used');
  }
}

/** A stop in the middle of a look is not worth a word. */
function logFailure(log: Logger): (error: unknown) => void {
  return (error) => {
    if (error instanceof AppError && error.code === 'SHUTTING_DOWN') return;
    log.error({ err: error }, 'the models cannot be looked at');
  };
}
