/** The program as a supervisor starts it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { loadServices, type ProcessResponse__Output } from '@imageflow/grpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encode } from './testing/files.ts';
import { texture } from './testing/pixels.ts';
import { clientOptions, unary } from './testing/service.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-main-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function start(kind: string, env: Record<string, string> = {}): ChildProcess {
  const own = { IMAGEFLOW_DATA_DIR: folder, IMAGEFLOW_LISTEN: '127.0.0.1:0', IMAGEFLOW_LOG_LEVEL: 'silent', ...env };
  return fork(join(import.meta.dirname, 'main.ts'), [kind], {
    env: { ...process.env, ...own },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

test.each(['resize', 'filter'])('%s announces its address, works, and at SIGTERM finishes what it has begun', async (kind) => {
  const child = start(kind);
  const [ready] = (await once(child, 'message')) as [{ kind: string; host: string; port: number }];
  expect(ready).toMatchObject({ kind: 'ready', host: '127.0.0.1' });
  const client = new (loadServices().ProcessorService)(`127.0.0.1:${ready.port}`, credentials.createInsecure(), clientOptions);
  const component = kind === 'resize' ? 'ResizeService.Resize' : 'FilterService.ApplyFilter';
  const parameters_json = kind === 'resize' ? '{"target_width":3000}' : '{"filter_type":"clahe"}';
  const input_bytes = { data: await encode(texture(1200, 900), 'png') };
  const work = unary<ProcessResponse__Output>((metadata, options, done) =>
    client.Process({ component, parameters_json, input_bytes, inline_handover: true }, metadata, options, done),
  );
  await workBegan(client);
  child.kill('SIGTERM');
  const [exit, answer] = await Promise.all([once(child, 'exit'), work]);
  client.close();
  expect(exit[0]).toBe(0);
  expect(answer.handover_bytes?.data.length).toBeGreaterThan(0);
});

test('it ends when its supervisor has died', async () => {
  const child = start('resize');
  await once(child, 'message');
  child.disconnect();
  expect((await once(child, 'exit'))[0]).toBe(0);
});

test('it ends when its supervisor died while it was starting', async () => {
  const child = start('resize');
  child.disconnect();
  expect((await once(child, 'exit'))[0]).toBe(0);
});

test('faulty settings are named all at once, and nothing starts', async () => {
  const child = start('resize', { IMAGEFLOW_MAX_PIXELS: 'many', IMAGEFLOW_CONCURRENCY: '0' });
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  expect((await once(child, 'exit'))[0]).toBe(1);
  expect(text).toContain('IMAGEFLOW_MAX_PIXELS');
  expect(text).toContain('IMAGEFLOW_CONCURRENCY');
});

test('an unknown service is answered with those there are', async () => {
  const child = start('sharpen');
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  expect((await once(child, 'exit'))[0]).toBe(1);
  expect(text).toContain('resize|ai-detection|filter');
});

test('frames that pass by seldom make it collect everything', async () => {
  const child = start('resize', { IMAGEFLOW_METRICS_PORT: '0' });
  const [ready] = (await once(child, 'message')) as [{ port: number; metricsPort: number }];
  const client = new (loadServices().ProcessorService)(`127.0.0.1:${ready.port}`, credentials.createInsecure(), clientOptions);
  const input_bytes = { data: await encode(texture(1280, 720), 'jpeg') };
  const call = { component: 'ResizeService.Resize', parameters_json: '{"target_width":640}', input_bytes, inline_handover: true };
  const before = await fullCollections(ready.metricsPort);
  for (let frame = 0; frame < 150; frame += 1) {
    await unary<ProcessResponse__Output>((metadata, options, done) => client.Process(call, metadata, options, done));
  }
  const during = (await fullCollections(ready.metricsPort)) - before;
  client.close();
  child.kill('SIGTERM');
  await once(child, 'exit');
  expect(during).toBeLessThan(15);
});

/** So far, of the whole heap. */
async function fullCollections(metricsPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return Number(/^nodejs_gc_duration_seconds_count\{.*kind="major".*\} (\d+)$/mu.exec(text)?.[1] ?? 0);
}

/** Resolves when a call is inside the service. */
async function workBegan(client: InstanceType<ReturnType<typeof loadServices>['ProcessorService']>): Promise<void> {
  for (;;) {
    const health = await unary<{ connections: number }>((metadata, options, done) => client.HealthCheck({}, metadata, options, done));
    if (health.connections > 0) return;
  }
}
