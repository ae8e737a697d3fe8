/** The models loaded in the inference thread. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { fromFloat16 } from './float16.ts';
import type { ModelFile, SessionIo, TensorDescription, ThreadSettings } from './messages.ts';

export interface LoadedModel {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly io: SessionIo;
  readonly session: InferenceSession;
  readonly isPinned: boolean;
}

export interface Sessions {
  /** Loads the file as it is now. Throws what onnxruntime throws. */
  open(path: string): Promise<LoadedModel>;
  /** The model by its hash, loaded again when it had to make room. Throws when the file is not the same any more. */
  use(model: ModelFile): Promise<LoadedModel>;
  close(sha256: string): Promise<void>;
  loaded(): readonly string[];
}

export function createSessions(settings: ThreadSettings): Sessions {
  hideFloat16Array();
  const options = sessionOptions(settings, makeEmptyFolder());
  /** In order of last use, the longest unused first. */
  const models = new Map<string, LoadedModel>();

  async function load(path: string, isPinned: boolean, wantedSha256?: string): Promise<LoadedModel> {
    const bytes = await readFile(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (wantedSha256 !== undefined && sha256 !== wantedSha256) throw new Error(`${path} has changed`);
    const present = models.get(sha256);
    if (present !== undefined) return touch(present);
    const session = await InferenceSession.create(bytes, options);
    const io = { inputs: session.inputMetadata.map(describe), outputs: session.outputMetadata.map(describe) };
    const model = touch({ sha256, sizeBytes: bytes.length, io, session, isPinned });
    await makeRoom();
    return model;
  }

  function touch(model: LoadedModel): LoadedModel {
    models.delete(model.sha256);
    models.set(model.sha256, model);
    return model;
  }

  async function makeRoom(): Promise<void> {
    const unpinned = [...models.values()].filter((model) => !model.isPinned);
    const surplus = unpinned.slice(0, Math.max(0, unpinned.length - settings.loadedLimit));
    for (const model of surplus) await close(model.sha256);
  }

  async function close(sha256: string): Promise<void> {
    const model = models.get(sha256);
    models.delete(sha256);
    await model?.session.release();
  }

  return {
    open: (path) => load(path, false),
    async use({ sha256, path, isPinned }) {
      const present = models.get(sha256);
      return present === undefined ? load(path, isPinned, sha256) : touch(present);
    },
    close,
    loaded: () => [...models.keys()],
  };
}

/**
 * onnxruntime's JavaScript side uses Float16Array where there is one (Node 24), its native side (1.30) does not know it and sees an empty
 * array. Without it both use bit patterns in a Uint16Array. This thread is the only one that loses it.
 */
function hideFloat16Array(): void {
  Reflect.deleteProperty(globalThis, 'Float16Array');
}

export interface RunShape {
  readonly inputName: string;
  readonly outputName: string;
  readonly width: number;
  readonly height: number;
}

/** `input` is planar RGB, 16-bit floats as bit patterns. */
export async function runModel(model: LoadedModel, shape: RunShape, input: Float32Array | Uint16Array): Promise<Tensor> {
  const dims = [1, 3, shape.height, shape.width];
  const tensor = input instanceof Float32Array ? new Tensor('float32', input, dims) : new Tensor('float16', input, dims);
  const outputs = await model.session.run({ [shape.inputName]: tensor }, [shape.outputName]);
  const output = outputs[shape.outputName];
  if (output === undefined) throw new Error(`no output ${shape.outputName}`);
  return output;
}

/** A view of a float32 tensor, a converted copy of a float16 one. */
export function toFloats(tensor: Tensor): Float32Array {
  const { data } = tensor;
  if (data instanceof Float32Array) return data;
  if (tensor.type === 'float16' && ArrayBuffer.isView(data)) {
    return fromFloat16(new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2));
  }
  throw new Error(`an output of type ${tensor.type}`);
}

/** A folder of this thread's own, gone with it: what a model names as its data is looked for here, where there is nothing. */
function makeEmptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'imageflow-inference-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function sessionOptions(settings: ThreadSettings, emptyFolder: string): InferenceSession.SessionOptions {
  // Only ONNX: a file that is ONNX to the checks and onnxruntime's own format to onnxruntime would pass them unseen.
  const files = { load_model_format: 'ONNX', model_external_initializers_file_folder_path: emptyFolder };
  return {
    executionProviders: [...settings.providers],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    // A second thread that spins while it waits burns a whole core of the other services. Dealing out the work in smaller blocks makes up for
    // most of what sleeping costs: YOLO11n at 640, 2 threads: 47.9 ms and 85 ms of CPU, without it 52.8 and 93, spinning 48.7 and 102
    // (2-core VM, November 2026; 1 thread 80.3 and 80.5).
    extra: { session: { ...files, intra_op: { allow_spinning: '0' }, dynamic_block_base: '4' } },
  };
}

function describe(value: InferenceSession.ValueMetadata): TensorDescription {
  if (!value.isTensor) return { name: value.name, type: 'not a tensor', dims: [] };
  return { name: value.name, type: value.type, dims: value.shape.map((side) => (typeof side === 'number' && side > 0 ? side : undefined)) };
}
