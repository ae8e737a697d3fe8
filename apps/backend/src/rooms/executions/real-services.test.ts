/** The pipelines that a new installation holds, on the services as they are shipped. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';
import { toPayload } from './lab.ts';

const root = fileURLToPath(new URL('../../../../../', import.meta.url));
const kinds = { ResizeService: 'resize', AIDetectionService: 'ai-detection', FilterService: 'filter' };

let folder: string;
let backend: TestBackend;
let headers: { readonly authorization: string };
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-real-'));
  const settings = await Promise.all(Object.entries(kinds).map(([service, kind]) => startService(service, kind)));
  backend = await openTestBackend({ env: { IMAGEFLOW_SERVICES: settings.join(','), IMAGEFLOW_OBJECTS_URL: `folder:${folder}/objects` } });
  headers = await backend.login('engineer');
});
afterAll(async () => {
  await backend?.close();
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(children.map((child) => child.exitCode ?? once(child, 'exit')));
  await rm(folder, { recursive: true, force: true });
});

async function startService(service: string, kind: string): Promise<string> {
  const env = {
    ...process.env,
    IMAGEFLOW_OBJECTS_URL: `folder:${folder}/objects`,
    IMAGEFLOW_MODELS_DIR: `${folder}/models`,
    IMAGEFLOW_LISTEN: '127.0.0.1:0',
    IMAGEFLOW_METRICS_PORT: '0',
    IMAGEFLOW_LOG_LEVEL: 'warn',
  };
  const child = fork(join(root, 'apps/services/src/main.ts'), [kind], { env, stdio: 'inherit' });
  children.push(child);
  const [message] = await once(child, 'message');
  return `${service}=127.0.0.1:${message.port}`;
}

async function run(pipeline_id: string, name: string, image: Uint8Array, more: Record<string, string> = {}) {
  const form = await toPayload({ pipeline_id, ...more }, [[name, image]]);
  const answer = await backend.app.inject({
    method: 'POST',
    url: '/api/v1/executions',
    payload: form.payload,
    headers: { ...headers, ...form.headers },
  });
  expect(answer.statusCode, answer.body).toBe(202);
  const { execution_id } = answer.json();
  for (;;) {
    const execution = (await backend.app.inject({ url: `/api/v1/executions/${execution_id}`, headers })).json();
    if (!['pending', 'running'].includes(execution.status)) return execution;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('the sample pipeline finds defects and hands out the resized image', async () => {
  const image = await readFile(join(root, 'samples/defects/4000_0001.png'));
  const execution = await run('quality-inspection-v1', 'surface.png', image, { parameters: '{"resize":{"target_width":320}}' });
  expect(execution, JSON.stringify(execution.error)).toMatchObject({ status: 'completed', execution_mode: 'direct_grpc' });
  const [resize, detection, quality] = execution.steps;
  expect(resize).toMatchObject({ component: 'ResizeService.Resize', parameters: { target_width: 320 } });
  expect(detection.model.name).toMatch(/defect/);
  expect(Object.keys(quality.measures).length).toBeGreaterThan(0);
  expect(execution.output_files).toMatchObject([{ filename: 'surface_quality_filter.png', content_type: 'image/png', width: 320 }]);
  const download = await backend.app.inject({ url: execution.output_files[0].download_url, headers });
  expect(download.rawPayload.subarray(1, 4).toString()).toBe('PNG');
});

test('the branching pipeline draws the boxes of one branch on the image of the other, in the format asked for', async () => {
  const image = await readFile(join(root, 'samples/defects/4000_0002.png'));
  const execution = await run('edges-and-detections', 'photo.png', image, { output_format: 'webp' });
  expect(execution, JSON.stringify(execution.error)).toMatchObject({ status: 'completed' });
  expect(execution.output_files).toMatchObject([{ step_id: 'annotate', content_type: 'image/webp' }]);
});

test('a photo cut off in the middle never gets a verdict', async () => {
  const image = await readFile(join(root, 'samples/defects/4000_0001.png'));
  const form = await toPayload({ pipeline_id: 'quality-inspection-v1' }, [['cut.png', image.subarray(0, image.length / 2)]]);
  const answer = await backend.app.inject({
    method: 'POST',
    url: '/api/v1/executions',
    payload: form.payload,
    headers: { ...headers, ...form.headers },
  });
  expect([answer.statusCode, answer.json().code]).toEqual([422, 'IMAGE_BROKEN']);
});
