import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { recordOfThisProcess } from '../running.ts';
import { parseInstances, parseSettings, refuseTakenPort } from './settings.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-settings-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const config = () => readConfig([], { IMAGEFLOW_CONFIG_DIR: folder });
const options = (more: object = {}) => ({ port: '0', host: '127.0.0.1', dataDir: folder, ...more });

test('instances are named with their number; the others stay one', () => {
  expect(parseInstances('resize=2, ai-detection=3')).toEqual({ resize: 2, 'ai-detection': 3, filter: 1, 'camera-stream': 1 });
  expect(parseInstances(undefined)).toEqual({ resize: 1, 'ai-detection': 1, filter: 1, 'camera-stream': 1 });
});

test.each(['resize', 'resize=0', 'resize=65', 'resize=two', 'resize=1.5', 'blur=2'])('instances "%s" are refused', (text) => {
  expect(() => parseInstances(text)).toThrow(`Not understood: ${text}`);
});

test('port 0 becomes a free one', async () => {
  expect((await parseSettings(options(), config())).port).toBeGreaterThan(0);
});

test.each(['http', '-1', '70000', ''])('the port "%s" is refused', async (port) => {
  await expect(parseSettings(options({ port }), config())).rejects.toThrow('must be a number from 0 to 65535');
});

test('a port that is taken is named, with what to do', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  // The last run, which still ends, may have it: settings alone refuse nothing.
  const settings = await parseSettings(options({ port: String(port) }), config());
  await expect(refuseTakenPort(settings)).rejects.toThrow(`npm start -- --port ${port + 1}`);
  await new Promise((resolve) => other.close(resolve));
  await expect(refuseTakenPort(settings)).resolves.toBeUndefined();
});

test('a second start on the same data is refused with the address of the first', async () => {
  const record = recordOfThisProcess(folder);
  await record.write({ address: 'http://localhost:9', data_dir: folder, local_password: 'x', children: [] });
  await expect(parseSettings(options(), config())).rejects.toThrow('It is already running on these data: http://localhost:9');
  await record.remove();
  await expect(parseSettings(options(), config())).resolves.toMatchObject({ dataDir: folder });
});
