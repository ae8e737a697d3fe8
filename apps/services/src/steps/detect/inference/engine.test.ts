import { createHash } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { externalSum, makeModel } from '../made-models.ts';
import { openEngine } from './engine.ts';
import type { ModelFile } from './messages.ts';

const path = join(import.meta.dirname, '../../../../../../models/defect-yolo-320-w16.onnx');
const settings = { threads: 1, providers: ['cpu'], loadedLimit: 1 };

async function openTry(signal?: AbortSignal) {
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  const model: ModelFile = { path, sha256, isPinned: true };
  const engine = openEngine(settings);
  const perform = () =>
    engine.perform({ kind: 'try', model, inputName: 'images', type: 'float32', width: 320, height: 320, classCount: undefined }, signal);
  return { engine, perform, tried: perform() };
}

// At every moment of starting, loading and running: a thread that is stopped inside onnxruntime would end this process, too.
test.each(Array.from({ length: 12 }, (_, index) => index * 20))('closing %d ms after the first job lets that job end', async (delayMs) => {
  const { engine, tried } = await openTry();
  await pause(delayMs);
  const [outcome] = await Promise.allSettled([tried, engine.close()]);
  expect(outcome.status).toBe('fulfilled');
});

test('a closed engine takes no more jobs', async () => {
  const { engine, tried } = await openTry();
  await tried;
  await engine.close();
  await expect(engine.perform({ kind: 'close', sha256: '' })).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
});

test('a job leaves nothing with the signal of its caller, done or given up', async () => {
  const caller = new AbortController();
  const { engine, perform, tried } = await openTry(caller.signal);
  await tried;
  expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  const jobs = Promise.allSettled(Array.from({ length: 8 }, perform));
  caller.abort(new Error('gone'));
  expect((await jobs).map(({ status }) => status)).toContain('rejected');
  expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  await engine.close();
});

test('a model that names a file of the working directory as its data finds nothing there, were it ever opened', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'imageflow-engine-'));
  const dims = [1, 3, 64, 64];
  const engine = openEngine(settings);
  try {
    const stranger = join(folder, 'stranger.onnx');
    await writeFile(stranger, makeModel({ input: { dims }, output: { dims }, graph: externalSum('package.json') }));
    await expect(engine.perform({ kind: 'open', path: stranger })).rejects.toThrow('package.json');
  } finally {
    await engine.close();
    await rm(folder, { recursive: true });
  }
});
