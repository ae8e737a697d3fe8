import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openObjects } from '@imageflow/adapters/objects';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';
import { type Lab, openLab, storePipeline, toPayload } from '../executions/lab.ts';

let folder: string;
let lab: Lab;
let backend: TestBackend;
let headers: { readonly authorization: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-objects-'));
  lab = await openLab(await openObjects(`folder:${folder}`));
  backend = await openTestBackend({ env: { IMAGEFLOW_SERVICES: lab.setting, IMAGEFLOW_OBJECTS_URL: `folder:${folder}` } });
  headers = await backend.login('engineer');
});
afterAll(async () => {
  await backend.close();
  lab.close();
  await rm(folder, { recursive: true, force: true });
});

const get = (path: string) => backend.app.inject({ url: `/api/v1${path}`, headers: { ...headers, 'accept-language': 'en' } });

async function runToEnd(pipeline_id: string): Promise<void> {
  const form = await toPayload({ pipeline_id });
  const answer = await backend.app.inject({
    method: 'POST',
    url: '/api/v1/executions',
    payload: form.payload,
    headers: { ...headers, ...form.headers },
  });
  expect(answer.statusCode, answer.body).toBe(202);
  const path = `/executions/${answer.json().execution_id}`;
  await expect.poll(async () => (await get(path)).json().status, { interval: 20, timeout: 10_000 }).toMatch(/completed|failed/);
}

test('finished executions are in the figures at once, by step and service', async () => {
  const pipeline = await storePipeline(backend.app, headers, [
    { step_id: 'quick' },
    { step_id: 'slow', depends_on: ['quick'], parameters: { sleep_ms: 60, failures: 1 } },
  ]);
  for (let count = 0; count < 3; count += 1) await runToEnd(pipeline);
  const answer = await get(`/pipelines/${pipeline}/metrics`);
  expect(answer.statusCode, answer.body).toBe(200);
  const { pipeline_id, metrics, window } = answer.json();
  expect([pipeline_id, window.period, window.timezone]).toEqual([pipeline, 'day', 'Asia/Tokyo']);
  expect(metrics.performance_summary).toMatchObject({
    total_executions: 3,
    completed: 3,
    failed: 0,
    improvement_trend: { direction: 'unknown' },
  });
  expect(metrics.performance_summary['95th_percentile_ms']).toBeGreaterThan(60);
  expect(metrics.step_metrics.find((step: { step_id: string }) => step.step_id === 'slow')).toMatchObject({
    component: 'LabService.Make',
    total_calls: 6,
    completed: 3,
    retries: 3,
  });
  expect(metrics.service_metrics).toMatchObject([{ service: 'LabService', total_calls: 9, failed_calls: 3 }]);
  const shares = metrics.step_metrics.map((step: { time_share: number }) => step.time_share);
  expect(shares[0] + shares[1]).toBeCloseTo(1);
  expect(metrics.bottleneck_analysis.time_share).toBe(Math.max(...shares));
  expect(metrics.periods).toHaveLength(1);
});

test('a pipeline without executions has figures without numbers', async () => {
  const pipeline = await storePipeline(backend.app, headers, [{ step_id: 'one' }]);
  const { metrics, window } = (await get(`/pipelines/${pipeline}/metrics?days=1`)).json();
  expect(metrics).toMatchObject({
    performance_summary: { total_executions: 0, avg_execution_time_ms: null },
    bottleneck_analysis: null,
    step_metrics: [],
    optimization_recommendations: [],
  });
  expect(window.period).toBe('hour');
});

test.each([
  ['/pipelines/nobody/metrics', 404],
  ['/pipelines/nobody/metrics?days=93', 400],
  ['/pipelines/quality-inspection-v1/metrics?timezone=Mars/Olympus', 400],
])('%s is refused with %i', async (path, status) => {
  expect((await get(path)).statusCode).toBe(status);
});
