import * as grpc from '@grpc/grpc-js';
import { openObjects } from '@imageflow/adapters/objects';
import { AppError } from '@imageflow/core';
import { type AddModelRequest__Output, type AIDetectionServiceHandlers, loadServices, toGrpcError } from '@imageflow/grpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';

/** The model calls of an AIDetectionService whose models are names; it reads the file from the store as the real one does. */
interface ModelHost {
  readonly received: Map<string, string>;
  /** Resolves at the first model. */
  readonly whenAdded: Promise<void>;
  readonly setting: string;
  close(): void;
}

let hosts: readonly ModelHost[];
let backend: TestBackend;
let engineer: { readonly authorization: string };

beforeAll(async () => {
  hosts = await Promise.all([openModelHost(), openModelHost()]);
  backend = await openTestBackend({ env: { IMAGEFLOW_SERVICES: hosts.map((host) => host.setting).join(',') } });
  engineer = await backend.login('engineer');
});
afterAll(async () => {
  await backend.close();
  for (const host of hosts) host.close();
});

async function openModelHost(port = 0, uptime = 60): Promise<ModelHost> {
  const names = new Set(['shipped-model']);
  const received = new Map<string, string>();
  let tellAdded = (): void => {};
  const whenAdded = new Promise<void>((resolve) => {
    tellAdded = resolve;
  });
  const add = async ({ name, model_file }: AddModelRequest__Output): Promise<void> => {
    if (names.has(name)) throw new AppError('CONFLICT');
    const objects = await openObjects(backend.config.objectsUrl);
    const text = Buffer.from(await objects.read(model_file?.object_key ?? '', 1_000_000)).toString();
    await objects.close();
    if (text.startsWith('broken')) throw new AppError('MODEL_INVALID', { detail: { ja: '壊れています', en: 'It is not an ONNX file' } });
    names.add(name);
    received.set(name, text);
    tellAdded();
  };
  const handlers: Pick<AIDetectionServiceHandlers, 'ListModels' | 'AddModel' | 'RemoveModel'> = {
    ListModels: (_call, callback) =>
      callback(null, {
        models: [...names].map((name) => ({
          info: { name, sha256: 'ff', license: 'MIT', adapter: 'yolo11' },
          task: 'detect',
          default_confidence_threshold: 0.45,
          origin: name === 'shipped-model' ? 'shipped' : 'user',
        })),
      }),
    AddModel: (call, callback) => {
      add(call.request).then(
        () => callback(null, {}),
        (error: AppError) => callback(toGrpcError(error)),
      );
    },
    RemoveModel: (call, callback) => {
      if (names.delete(call.request.name)) callback(null, {});
      else callback(toGrpcError(new AppError('NOT_FOUND')));
    },
  };
  const server = new grpc.Server();
  const services = loadServices();
  server.addService(services.AIDetectionService.service, { ...handlers });
  server.addService(services.ProcessorService.service, {
    Describe: (_call: unknown, callback: (error: null, answer: object) => void) =>
      callback(null, { service_name: 'AIDetectionService', components: [{ method: 'Detect' }] }),
    HealthCheck: (_call: unknown, callback: (error: null, answer: object) => void) =>
      callback(null, { status: 'SERVING', uptime_seconds: uptime }),
  });
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error, number) =>
      error === null ? resolve(number) : reject(error),
    );
  });
  return { received, whenAdded, setting: `AIDetectionService=127.0.0.1:${bound}`, close: () => server.forceShutdown() };
}

const request = (method: 'GET' | 'DELETE', path: string, headers: Record<string, string> = engineer) =>
  backend.app.inject({ method, url: `/api/v1${path}`, headers: { ...headers, 'accept-language': 'en' } });

function upload(content: string, fields: Record<string, string>, filename = 'My Model.onnx', headers: Record<string, string> = engineer) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (filename !== '') form.append('file', new Blob([content]), filename);
  return fetchForm(form, headers);
}

async function fetchForm(form: FormData, headers: Record<string, string>) {
  const encoded = new Response(form);
  const payload = Buffer.from(await encoded.arrayBuffer());
  const type = encoded.headers.get('content-type') ?? '';
  return backend.app.inject({
    method: 'POST',
    url: '/api/v1/models',
    headers: { ...headers, 'content-type': type, 'accept-language': 'en' },
    payload,
  });
}

async function storedFiles(): Promise<number> {
  const objects = await openObjects(backend.config.objectsUrl);
  let count = 0;
  for await (const _key of objects.list('models/')) count += 1;
  await objects.close();
  return count;
}

test('a model is added to every instance, listed and removed again', async () => {
  const made = await upload('weights', { name: 'mine', license: 'MIT' });
  expect(made.statusCode).toBe(201);
  expect(made.headers.location).toBe('/api/v1/models/mine');
  expect(made.json()).toMatchObject({ name: 'mine', origin: 'user', default_confidence_threshold: 0.45 });
  expect(hosts.map((host) => host.received.get('mine'))).toEqual(['weights', 'weights']);
  const list = (await request('GET', '/models')).json().items;
  expect(list.map((model: { name: string }) => model.name)).toEqual(['mine', 'shipped-model']);
  expect(list[0].instances.map((each: { instance_id: string }) => each.instance_id)).toEqual(['ai-detection-1', 'ai-detection-2']);
  expect(await storedFiles()).toBe(1);
  expect((await request('DELETE', '/models/mine')).statusCode).toBe(204);
  expect(await storedFiles()).toBe(0);
  expect((await request('GET', '/models/mine')).statusCode).toBe(404);
  expect((await request('DELETE', '/models/mine')).statusCode).toBe(404);
});

test('without a name the file’s own is used', async () => {
  expect((await upload('weights', {})).json().name).toBe('my-model');
  await request('DELETE', '/models/my-model');
});

test('a file that cannot be used is refused with the reason, and not kept', async () => {
  const refusal = await upload('broken', { name: 'bad' });
  expect([refusal.statusCode, refusal.json().code, refusal.json().detail]).toEqual([422, 'MODEL_INVALID', 'It is not an ONNX file']);
  expect(await storedFiles()).toBe(0);
});

test.each<[string, Parameters<typeof upload>, number]>([
  ['without a file', ['', { name: 'x' }, ''], 400],
  ['with an empty file', ['', { name: 'x' }], 400],
  ['with a name of capitals', ['weights', { name: 'MODEL' }], 400],
  ['with a name in use', ['weights', { name: 'shipped-model' }], 409],
])('an upload %s is refused, and nothing is kept', async (_what, parts, status) => {
  expect((await upload(...parts)).statusCode).toBe(status);
  expect(await storedFiles()).toBe(0);
});

test.each([
  ['in the file', '--x\r\ncontent-disposition: form-data; name="file"; filename="m.onnx"\r\n\r\nweig'],
  ['before the file', '--x\r\ncontent-disposition: form-data; name="name"\r\n\r\nmine\r\n--x'],
])('a form that is cut off %s is refused, and nothing is kept', async (_where, payload) => {
  const headers = { ...engineer, 'content-type': 'multipart/form-data; boundary=x' };
  const refusal = await backend.app.inject({ method: 'POST', url: '/api/v1/models', headers, payload });
  expect([refusal.statusCode, refusal.json().code]).toEqual([400, 'MALFORMED_BODY']);
  expect(await storedFiles()).toBe(0);
});

test('an instance that comes later gets what was added before', async () => {
  await upload('weights', { name: 'mine' });
  const [, second] = hosts;
  second?.close();
  const port = Number(second?.setting.split(':')[1]);
  const newcomer = await openModelHost(port, 1);
  hosts = [...hosts.slice(0, 1), newcomer];
  await newcomer.whenAdded;
  expect([...newcomer.received]).toEqual([['mine', 'weights']]);
  await request('DELETE', '/models/mine');
});

test('a shipped model stays', async () => {
  expect((await request('DELETE', '/models/shipped-model')).statusCode).toBe(409);
});

test('who may only look cannot add', async () => {
  const viewer = await backend.login('viewer');
  expect((await upload('weights', { name: 'x' }, 'x.onnx', viewer)).statusCode).toBe(403);
  expect((await request('GET', '/models', viewer)).statusCode).toBe(200);
});
