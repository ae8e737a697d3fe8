/** The examples as a user runs them: started beside a backend, used in a pipeline, stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestBackend, type TestBackend } from '../../apps/backend/src/testing/backend.ts';
import { preparePython } from './python.ts';

const examples = join(import.meta.dirname, '../../examples');
const pythonExample = join(examples, 'python-color-check');
const python = await preparePython(join(pythonExample, 'requirements.txt'));

let backend: TestBackend;
let headers: { readonly authorization: string };
beforeAll(async () => {
  backend = await openTestBackend();
  headers = await backend.login('admin');
});
afterAll(() => backend.close());

async function ask(method: 'GET' | 'POST', path: string, payload?: object) {
  const answer = await backend.app.inject({
    method,
    url: `/api/v1${path}`,
    headers: { ...headers, 'accept-language': 'en' },
    ...(payload && { payload }),
  });
  return { status: answer.statusCode, body: answer.json() };
}

/** Waits for a change that no event tells of, as a client would: by asking again. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function start(command: string, args: readonly string[]): Promise<ChildProcess> {
  const options = ['--backend', `127.0.0.1:${backend.grpcPort}`, '--key-file', join(backend.config.dataDir, 'service-key.txt')];
  const child = spawn(command, [...args, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

const componentIs = (id: string, status: number) =>
  until(async () => ((await ask('GET', `/components/${id}`)).status === status ? true : undefined));

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  if (process.platform !== 'win32') expect(code).toBe(0);
}

/** Runs a pipeline on one image; answers the finished execution. */
async function execute(pipelineId: string, image: Buffer) {
  const form = new FormData();
  form.append('pipeline_id', pipelineId);
  form.append('input_files', new Blob([new Uint8Array(image)], { type: 'image/png' }), 'part.png');
  const encoded = new Response(form);
  const accepted = await backend.app.inject({
    method: 'POST',
    url: '/api/v1/executions',
    headers: { ...headers, 'content-type': encoded.headers.get('content-type') ?? '' },
    payload: Buffer.from(await encoded.arrayBuffer()),
  });
  expect(accepted.statusCode).toBe(202);
  const id = accepted.json().execution_id;
  return until(async () => {
    const { body } = await ask('GET', `/executions/${id}`);
    return ['completed', 'failed', 'cancelled'].includes(body.status) ? body : undefined;
  });
}

function pipeline(id: string, service: string, method: string, parameters: object) {
  return { pipeline_id: id, name: id, version: '1', description: '', steps: [{ step_id: 'own', service, method, parameters }] };
}

describe.skipIf(python === undefined)('the example in Python (needs Python 3.10)', () => {
  const definition = pipeline('color-check', 'ColorCheckService', 'MeasureColor', { expected_color: '#c00000', tolerance: 5 });
  let service: ChildProcess;
  beforeAll(async () => {
    service = await start(python ?? '', [join(pythonExample, 'service.py')]);
    await componentIs('ColorCheckService.MeasureColor', 200);
  });

  test('its component is listed, and its schema checks the pipelines that use it', async () => {
    const wrong = pipeline('color-check', 'ColorCheckService', 'MeasureColor', { expected_color: 'red' });
    expect((await ask('POST', '/pipelines', wrong)).body.validation_errors).toMatchObject([
      { field: 'steps[0].parameters.expected_color' },
    ]);
    expect((await ask('POST', '/pipelines', definition)).status).toBe(201);
  });

  test.each([
    ['#c00000', 0],
    ['#c08080', 1],
  ])('a part of the colour %s gives %i deviations', async (background, count) => {
    const image = await sharp({ create: { width: 64, height: 48, channels: 3, background } })
      .png()
      .toBuffer();
    const execution = await execute('color-check', image);
    expect(execution.status).toBe('completed');
    expect(execution.steps[0].detections).toHaveLength(count);
    if (count > 0) {
      expect(execution.steps[0].detections[0]).toMatchObject({
        class_name: 'color_deviation',
        bbox_original: { x: 0, y: 0, width: 64, height: 48 },
      });
    }
  });

  test('when it stops its component goes, and a pipeline that uses it is refused by name', async () => {
    await stop(service);
    await componentIs('ColorCheckService.MeasureColor', 404);
    const { body } = await ask('POST', '/pipelines/validate', { ...definition, pipeline_id: 'another' });
    expect(body).toMatchObject({ valid: false, validation_errors: [{ field: expect.stringContaining('steps[0]') }] });
    expect(JSON.stringify(body)).toContain('ColorCheckService');
  });
});

describe('the example in TypeScript', () => {
  let service: ChildProcess;
  beforeAll(async () => {
    service = await start(process.execPath, [join(examples, 'typescript-pixelate/service.ts')]);
    await componentIs('PixelateService.Pixelate', 200);
  });

  test('its image becomes the output of the pipeline', async () => {
    expect((await ask('POST', '/pipelines', pipeline('hide', 'PixelateService', 'Pixelate', { block_size: 8 }))).status).toBe(201);
    const stripes = Buffer.from(Array.from({ length: 16 * 8 }, (_, index) => (index % 2 === 0 ? [255, 255, 255] : [1, 1, 1])).flat());
    const image = await sharp(stripes, { raw: { width: 16, height: 8, channels: 3 } })
      .png()
      .toBuffer();
    const execution = await execute('hide', image);
    expect(execution.status).toBe('completed');
    const file = execution.output_files[0];
    const answer = await backend.app.inject({ url: file.download_url, headers });
    const { data, info } = await sharp(answer.rawPayload).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.format]).toEqual([16, 8, 'raw']);
    expect([...new Set(data)]).toEqual([128]);
  });

  test('when it stops its component goes', async () => {
    await stop(service);
    await componentIs('PixelateService.Pixelate', 404);
  });
});
