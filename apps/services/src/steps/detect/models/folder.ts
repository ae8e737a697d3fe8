/** The folder of the user's own models: a file dropped there is found, one taken away is forgotten. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@imageflow/core';
import type { Logger } from 'pino';
import { type Addition, addingPrefix, addModelFile, cannotWrite } from './adding.ts';
import { errorText, ModelFault } from './faults.ts';
import { type InspectedModel, type InspectParts, inspectModel } from './inspect.ts';
import { defaultThresholds, type Model, unknownLicense } from './model.ts';
import { readSidecar, type Sidecar, sidecarEndings } from './sidecar.ts';

export interface ModelFolder {
  /** As of the last look, by name. */
  readonly models: ReadonlyMap<string, Model>;
  /** Looks at the folder as it is now; resolves when every new or changed file has been checked. Waiting callers share one look. */
  look(): Promise<void>;
  /** Puts a model there once it has passed every check. Throws CONFLICT (name in use), MODEL_INVALID, STORE_UNAVAILABLE. */
  add(addition: Addition): Promise<void>;
  /** Deletes a model's files. */
  remove(name: string): Promise<void>;
}

/** Lower-case letters, digits, '.', '_' and '-', at most 64, starting with a letter or digit. */
export const modelNamePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;

const staleMs = 60 * 60 * 1000;

export interface FolderParts extends InspectParts {
  readonly folder: string;
  readonly isTaken: (name: string) => boolean;
  readonly log: Logger;
}

export async function openModelFolder(parts: FolderParts): Promise<ModelFolder> {
  const { folder, log } = parts;
  await prepare(folder, log);
  let models: ReadonlyMap<string, Model> = new Map();
  let stamps: ReadonlyMap<string, string> = new Map();
  let looking: Promise<void> | undefined;
  let nextLook: Promise<void> | undefined;

  async function look(): Promise<void> {
    const found = await readStamps(folder);
    for (const [name, model] of models) {
      if (found.get(name) === stamps.get(name)) continue;
      if (model.sha256 !== '') await parts.engine.perform({ kind: 'close', sha256: model.sha256 });
    }
    const next = new Map<string, Model>();
    for (const [name, stamp] of found) {
      const known = models.get(name);
      const isSame = known !== undefined && stamps.get(name) === stamp;
      next.set(name, isSame ? known : await openUserModel(name, parts));
    }
    models = next;
    stamps = found;
  }

  function startLook(): Promise<void> {
    nextLook = undefined;
    looking = look().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  return {
    get models() {
      return models;
    },
    look() {
      if (looking === undefined) return startLook();
      nextLook ??= looking.catch(() => {}).then(startLook);
      return nextLook;
    },
    async add(addition) {
      if (models.has(addition.name) || parts.isTaken(addition.name)) throw nameInUse(addition.name);
      await addModelFile(addition, folder, (stem) => inspectUserModel(stem, parts));
    },
    async remove(name) {
      for (const ending of ['.onnx', ...sidecarEndings]) await rm(join(folder, `${name}${ending}`), { force: true }).catch(cannotWrite);
    },
  };
}

async function openUserModel(name: string, parts: FolderParts): Promise<Model> {
  const stem = join(parts.folder, name);
  const path = `${stem}.onnx`;
  const known = { name, origin: 'user', path } as const;
  try {
    refuseName(name, parts);
    const { sidecar, inspected } = await inspectUserModel(stem, parts);
    const { contract, metadata, sha256, sizeBytes } = inspected;
    parts.log.info({ model: name, sha256, adapter: contract.adapter }, 'model found');
    return { kind: 'usable', ...known, sha256, sizeBytes, contract, ...describe(metadata, sidecar), defaultFor: [] };
  } catch (error) {
    const fault = errorText(error);
    parts.log.warn({ model: name, fault: fault.en }, 'model refused');
    const text = { ja: '', en: '' };
    const sizeBytes = await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
    return { kind: 'faulty', ...known, license: unknownLicense, description: text, sizeBytes, sha256: '', fault };
  }
}

/** `stem` is the file's path without ".onnx". Throws ModelFault. */
async function inspectUserModel(stem: string, parts: FolderParts): Promise<{ sidecar: Sidecar; inspected: InspectedModel }> {
  const sidecar = await readSidecar(stem);
  const hints = { classNames: sidecar.classNames, resizeSide: sidecar.resizeSide };
  return { sidecar, inspected: await inspectModel(`${stem}.onnx`, hints, parts) };
}

function describe(metadata: ReadonlyMap<string, string>, sidecar: Sidecar) {
  const text = sidecar.description ?? metadata.get('description') ?? '';
  return {
    license: sidecar.license ?? metadata.get('license') ?? unknownLicense,
    description: { ja: text, en: text },
    confidenceThreshold: sidecar.confidenceThreshold ?? defaultThresholds.confidence,
    iouThreshold: sidecar.iouThreshold ?? defaultThresholds.iou,
  };
}

function refuseName(name: string, parts: FolderParts): void {
  if (!modelNamePattern.test(name)) {
    throw new ModelFault(
      'ファイル名に使えるのは英小文字、数字、「.」「_」「-」の 64 文字までで、英小文字か数字で始めます。名前を変えてください',
      'Its file name may hold lower-case letters, digits, ".", "_" and "-", at most 64, and starts with a letter or digit. Rename it',
    );
  }
  if (parts.isTaken(name)) {
    throw new ModelFault('同じ名前の同梱モデルがあります。名前を変えてください', 'A shipped model has this name. Rename it');
  }
}

/** By model name: size and time of the model and of the files beside it. */
async function readStamps(folder: string): Promise<ReadonlyMap<string, string>> {
  const files: readonly string[] = await readdir(folder).catch(() => []);
  const stamps = new Map<string, string>();
  for (const file of files.toSorted()) {
    if (!file.endsWith('.onnx') || file.startsWith('.')) continue;
    const name = file.slice(0, -'.onnx'.length);
    const own = [file, ...sidecarEndings.map((ending) => `${name}${ending}`)].filter((each) => files.includes(each));
    const parts = await Promise.all(own.map((each) => stampOf(join(folder, each))));
    if (parts[0] !== undefined) stamps.set(name, parts.join(' '));
  }
  return stamps;
}

async function stampOf(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? `${found.size}@${found.mtimeMs}` : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the folder and clears what an interrupted upload left. A folder that cannot be made is an empty one. */
async function prepare(folder: string, log: Logger): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    for (const file of await readdir(folder)) {
      const path = join(folder, file);
      if (file.startsWith(addingPrefix) && Date.now() - (await stat(path)).mtimeMs > staleMs) await rm(path, { force: true });
    }
  } catch (error) {
    log.warn({ err: error, folder }, 'the folder of user models cannot be used');
  }
}

function nameInUse(name: string): AppError {
  return new AppError('CONFLICT', {
    detail: {
      ja: `モデル「${name}」は既にあります。別の名前にするか、先に削除してください`,
      en: `There already is a model "${name}". Choose another name, or remove that one first`,
    },
  });
}
