/** The whole AI service on a free port with its own folders, for tests. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { openObjects } from '@imageflow/adapters/objects';
import type { Detection, ObjectStore, Transform } from '@imageflow/core';
import {
  type AddModelRequest,
  type AIDetectionServiceClient,
  type DetectionRequest,
  type DetectionResponse__Output,
  fromGrpcError,
  type ListModelsResponse__Output,
  loadServices,
  type ModelDescription__Output,
  messageOptions,
} from '@imageflow/grpc';
import { pino } from 'pino';
import type { ImageSource } from '../../image/source.ts';
import { openProgram } from '../../programs/ai-detection.ts';
import type { ComponentOutput } from '../../scaffold/component.ts';
import { parseConfig } from '../../scaffold/config.ts';
import type { ServiceProgram } from '../../scaffold/program.ts';
import { openService } from '../../scaffold/serve.ts';

export const samples = resolve(import.meta.dirname, '../../../../../samples');

export interface TestService {
  readonly program: ServiceProgram;
  readonly objects: ObjectStore;
  readonly modelsDir: string;
  /** Runs a component directly. */
  run(method: string, image: ImageSource | string, parameters?: Record<string, unknown>, rest?: RunRest): Promise<ComponentOutput>;
  drop(file: string, content: Uint8Array | string): Promise<void>;
  /** Over gRPC; reject with AppError. */
  detect(request: DetectionRequest): Promise<DetectionResponse__Output>;
  detectDefects(request: DetectionRequest): Promise<DetectionResponse__Output>;
  listModels(): Promise<readonly ModelDescription__Output[]>;
  findModel(name: string): Promise<ModelDescription__Output | undefined>;
  addModel(request: AddModelRequest): Promise<ModelDescription__Output>;
  removeModel(name: string): Promise<void>;
  close(): Promise<void>;
}

export interface RunRest {
  readonly transform?: Transform;
  readonly detections?: readonly Detection[];
  readonly signal?: AbortSignal;
}

export async function openTestService(settings: Record<string, string> = {}): Promise<TestService> {
  const folder = await mkdtemp(join(tmpdir(), 'imageflow-ai-'));
  const config = parseConfig('ai-detection', { IMAGEFLOW_DATA_DIR: folder, IMAGEFLOW_LISTEN: '127.0.0.1:0', ...settings });
  const objects = await openObjects(config.objectsUrl);
  const log = pino({ level: 'silent' });
  const program = await openProgram({ config, objects, log });
  const service = await openService({ program, objects, config, log });
  const client = new (loadServices().AIDetectionService)(`127.0.0.1:${service.port}`, credentials.createInsecure(), messageOptions);
  return {
    program,
    objects,
    modelsDir: config.modelsDir,
    run: (method, image, parameters, rest) => runComponent(program, method, image, parameters ?? {}, rest ?? {}),
    drop: (file, content) => writeFile(join(config.modelsDir, file), content),
    ...callsOf(client),
    async close() {
      client.close();
      await service.close();
      await objects.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function runComponent(
  program: ServiceProgram,
  method: string,
  image: ImageSource | string,
  parameters: Record<string, unknown>,
  rest: RunRest,
): Promise<ComponentOutput> {
  const component = program.components.get(method);
  if (component === undefined) throw new Error(`no component ${method}`);
  const source: ImageSource = typeof image === 'string' ? { kind: 'encoded', input: { path: join(samples, image) } } : image;
  const input = { image: source, parameters, detections: rest.detections ?? [], transform: rest.transform };
  return component.run(input, rest.signal ?? new AbortController().signal);
}

function callsOf(client: AIDetectionServiceClient) {
  const listModels = async () => (await call<ListModelsResponse__Output>((done) => client.ListModels({}, done))).models;
  return {
    detect: (request: DetectionRequest) => call<DetectionResponse__Output>((done) => client.Detect(request, done)),
    detectDefects: (request: DetectionRequest) => call<DetectionResponse__Output>((done) => client.DetectDefects(request, done)),
    listModels,
    findModel: async (name: string) => (await listModels()).find((model) => model.info?.name === name),
    async addModel(request: AddModelRequest) {
      const { model } = await call<{ model: ModelDescription__Output | null }>((done) => client.AddModel(request, done));
      if (model === null) throw new Error('AddModel answered no model');
      return model;
    },
    async removeModel(name: string) {
      await call((done) => client.RemoveModel({ name }, done));
    },
  };
}

type Done<T> = (error: Parameters<typeof fromGrpcError>[0] | null, answer?: T) => void;

function call<T>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, answer) => {
      if (error !== null) reject(fromGrpcError(error));
      else if (answer === undefined) reject(new Error('no answer'));
      else resolve(answer);
    });
  });
}

/** A picture of one colour. */
export function plain(width: number, height: number, [red, green, blue]: readonly [number, number, number]): ImageSource {
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < data.length; at += 3) data.set([red, green, blue], at);
  return { kind: 'pixels', pixels: { data, width, height } };
}
