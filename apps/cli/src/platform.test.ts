/** The commands against a real platform, started as a user starts it. */
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyTestDatabase } from '@imageflow/adapters/database/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { projectDir } from './config.ts';
import { isAlive } from './running.ts';
import { type Cli, openCli, type Started } from './testing.ts';

const samples = join(projectDir, 'samples');
const ports = { IMAGEFLOW_GRPC_PORT: '0' };

let cli: Cli;
let platform: Started;
let address: string;
let password: string;

async function startPlatform(): Promise<void> {
  platform = cli.start(['up', '--port', '0'], ports);
  const output = await platform.says('Ctrl-C stops it.');
  address = /Ready in [\d.]+ s: (http:\/\/localhost:\d+)/.exec(output)?.[1] ?? '';
  password = /password: (\S+)/.exec(output)?.[1] ?? password;
}

// A loaded machine may need long for the four programs.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

beforeAll(async () => {
  cli = await openCli();
  await mkdir(join(cli.folder, 'data/database'), { recursive: true });
  await copyTestDatabase(join(cli.folder, 'data/database'));
  await startPlatform();
});
afterAll(() => cli.close());

interface Result {
  readonly file: string;
  readonly status: string;
  readonly detections: readonly { readonly class_name: string }[];
  readonly step_times_ms: Readonly<Record<string, number>>;
  readonly outputs: readonly string[];
  readonly annotated: string | null;
  readonly error: { readonly code: string } | null;
}

describe('a start', () => {
  test('shows each program, the first login and what to try', () => {
    for (const name of ['resize-1', 'ai-detection-1', 'filter-1', 'backend']) expect(platform.output()).toContain(`✓ ${name}`);
    expect(password).toHaveLength(20);
    expect(platform.output()).toContain('npx imageflow run quality-inspection-v1 samples/defects');
  });

  test('on data that are in use says where the first one is', async () => {
    const { code, stderr } = await cli.call(['up', '--port', '0'], ports);
    expect(code).toBe(1);
    expect(stderr).toContain(`already running on these data: ${address}`);
  });

  test('on a port that is in use says how to choose another', async () => {
    const { port } = new URL(address);
    const { code, stderr } = await cli.call(['up', '--port', port, '--data-dir', join(cli.folder, 'other')], ports);
    expect(code).toBe(1);
    expect(stderr).toContain(`npm start -- --port ${Number(port) + 1}`);
  });
});

describe('a run', () => {
  test('of a folder needs no sign-in for who started the platform; images, boxes and results.json are in the folder', async () => {
    const images = join(cli.folder, 'images');
    await mkdir(images);
    for (const name of ['4000_0003.png', '4000_0004.png']) await cp(join(samples, 'defects', name), join(images, name));
    const out = join(cli.folder, 'results');
    const { code, stdout, stderr } = await cli.call(['run', 'quality-inspection-v1', images, '--out', out]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('2/2') });
    expect(stdout).toMatch(/4000_0003\.png {2}\d scratch \(\d\d%\)/);
    expect(stdout).toMatch(/4000_0004\.png {2}1 deformation/);
    expect(stdout.split('\n')[0]).toMatch(/resize ms {2}ai_detection ms {2}quality_filter ms/);
    const { results } = JSON.parse(await readFile(join(out, 'results.json'), 'utf8')) as { results: Result[] };
    expect(results.map(({ file, status }) => [file, status])).toEqual([
      ['4000_0003.png', 'completed'],
      ['4000_0004.png', 'completed'],
    ]);
    const named = results.flatMap((result) => [result.annotated ?? '', ...result.outputs]);
    expect((await readdir(out)).toSorted()).toEqual([...named, 'results.json'].toSorted());
  });

  test('takes parameters, and answers JSON', async () => {
    const image = join(samples, 'photos/chelsea.png');
    const words = ['run', 'coco-detection', image, '--json', '--priority', 'high', '--param', 'detect.confidence_threshold=0.3'];
    const { code, stdout } = await cli.call(words);
    expect(code).toBe(0);
    const [result] = JSON.parse(stdout) as Result[];
    expect(result?.detections.map((detection) => detection.class_name)).toContain('cat');
    expect(Object.keys(result?.step_times_ms ?? {})).toEqual(['detect', 'annotate']);
    expect(result?.annotated).toBeNull();
  });

  test('goes on past a file that is no image, and ends with 1', async () => {
    const text = join(cli.folder, 'page.png');
    await writeFile(text, '<html></html>');
    const { code, stdout } = await cli.call(['run', 'coco-detection', text, join(samples, 'photos/rocket.jpg'), '--json']);
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as Result[]).map(({ status, error }) => [status, error?.code])).toEqual([
      ['refused', 'UNSUPPORTED_MEDIA'],
      ['completed', undefined],
    ]);
  });

  test('that is interrupted keeps what was done', async () => {
    const out = join(cli.folder, 'interrupted');
    const run = cli.start(['run', 'edges-and-detections', join(samples, 'photos'), join(samples, 'defects'), '--out', out]);
    await run.says('1/26');
    run.child.kill('SIGINT');
    expect(await run.ended()).toBe(130);
    expect(run.output()).toContain('Interrupted');
    const { results } = JSON.parse(await readFile(join(out, 'results.json'), 'utf8')) as { results: Result[] };
    expect(results.length).toBeGreaterThan(0);
    expect(results.length).toBeLessThan(26);
  });

  test('of an unknown pipeline names those there are', async () => {
    const { code, stderr } = await cli.call(['run', 'nothing', join(samples, 'photos')]);
    expect(code).toBe(2);
    expect(stderr).toContain('There are: ');
    expect(stderr).toContain('coco-detection');
  });

  test('with a parameter out of range says which, and runs nothing', async () => {
    const { code, stderr, stdout } = await cli.call([
      'run',
      'coco-detection',
      join(samples, 'photos'),
      '--param',
      'detect.confidence_threshold=7',
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain('parameters.detect.confidence_threshold');
    expect(stdout).toBe('');
  });
});

describe('pipelines', () => {
  test('are listed, shown, exported, checked and stored', async () => {
    expect((await cli.call(['pipelines'])).stdout).toContain('quality-inspection-v1');
    expect((await cli.call(['pipelines', 'show', 'edges-and-detections'])).stdout).toMatch(
      /annotate +FilterService\.ApplyFilter +edges, detect/,
    );
    const exported = await cli.call(['pipelines', 'export', 'coco-detection']);
    const definition = { ...JSON.parse(exported.stdout), pipeline_id: 'mine' };
    const file = join(cli.folder, 'mine.json');
    await writeFile(file, JSON.stringify(definition));
    expect(await cli.call(['pipelines', 'validate', '-f', file])).toMatchObject({ code: 0, stdout: 'No faults\n' });
    expect((await cli.call(['pipelines', 'create', '-f', file])).stdout).toBe('Stored mine as version 1\n');
    expect((await cli.call(['pipelines', 'create', '-f', file])).code).toBe(1);
    const changed = JSON.stringify({ ...definition, name: 'Changed' });
    expect((await cli.call(['pipelines', 'save', '-f', '-'], {}, changed)).stdout).toBe('Stored mine as version 2\n');
  });

  test('with faults are refused with each fault and its place', async () => {
    const file = join(cli.folder, 'faulty.json');
    const step = { step_id: 'a', service: 'Nobody', method: 'Does' };
    await writeFile(file, JSON.stringify({ pipeline_id: 'faulty', name: 'x', version: '1', steps: [step] }));
    const { code, stderr } = await cli.call(['pipelines', 'validate', '-f', file]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^steps\[0\]/m);
  });
});

test('models are listed; one that is none is refused with the reason', async () => {
  const { stdout } = await cli.call(['models']);
  for (const name of ['defect-yolo-320', 'nanodet-g-416', 'efficientnet-lite0']) expect(stdout).toContain(name);
  const file = join(cli.folder, 'not-a-model.onnx');
  await writeFile(file, 'nothing');
  const added = await cli.call(['models', 'add', file]);
  expect(added.code).toBe(1);
  expect(added.stderr).not.toContain('    at ');
  expect((await cli.call(['models', 'remove', 'defect-yolo-320'])).code).toBe(1);
});

test('dead letters are listed; one that does not exist is said to be missing', async () => {
  expect(await cli.call(['dead-letters'])).toMatchObject({ code: 0, stdout: 'There are none\n' });
  const { code, stderr } = await cli.call(['dead-letters', 'redrive', '0199f3a0-0000-7000-8000-000000000000']);
  expect(code).toBe(1);
  expect(stderr).not.toContain('    at ');
});

test('doctor finds nothing wrong here, and says what to do where nothing runs', async () => {
  const here = await cli.call(['doctor']);
  expect(here.code).toBe(0);
  expect(here.stdout).toContain('✓ ResizeService resize-1');
  const nowhere = await cli.call(['doctor', '--server', 'http://localhost:1', '--lang', 'ja']);
  expect(nowhere.stdout).toContain('npm start で起動します');
});

describe('another user', () => {
  const other = () => ({ IMAGEFLOW_CONFIG_DIR: join(cli.folder, 'another') });

  test('has to sign in, with the first password or later ones, and can sign out', async () => {
    const server = ['--server', address];
    const stranger = await cli.call(['pipelines', ...server], other());
    expect(stranger.code).toBe(4);
    expect(stranger.stderr).toContain(`imageflow login --server ${address}`);
    const wrong = await cli.call(['login', ...server], { ...other(), IMAGEFLOW_PASSWORD: 'not the password' });
    expect(wrong.code).toBe(4);
    const login = await cli.call(['login', ...server], other(), `${password}\n`);
    expect(login).toMatchObject({ code: 0, stdout: `Signed in to ${address} as admin\n` });
    if (process.platform !== 'win32') {
      expect((await stat(join(cli.folder, 'another/signins.json'))).mode & 0o777).toBe(0o600);
    }
    // From now on it is the server that is meant.
    expect((await cli.call(['pipelines'], other())).code).toBe(0);
    expect((await cli.call(['logout'], other())).code).toBe(0);
    expect((await cli.call(['pipelines', ...server], other())).code).toBe(4);
  });
});

describe('the platform', () => {
  test('starts a service again that died, and stops cleanly; a second start finds all data', async () => {
    const running = JSON.parse(await readFile(join(cli.folder, 'config/running', `${platform.child.pid}.json`), 'utf8'));
    const children = running.children as number[];
    // The backend is the first; any other is a service.
    process.kill(children[1] ?? 0, 'SIGKILL');
    await platform.says(/starting it again in 0\.2 s[\s\S]*✓/);
    platform.child.kill('SIGINT');
    await platform.says('Stopped.');
    expect(await platform.ended()).toBe(0);
    expect(children.filter(isAlive)).toEqual([]);

    await startPlatform();
    expect(platform.output()).not.toContain('First login');
    expect((await cli.call(['pipelines', 'show', 'mine'])).stdout).toContain('Changed');
    platform.child.kill('SIGTERM');
    expect(await platform.ended()).toBe(0);
  });

  test('is started for a single run when none is there', async () => {
    const { code, stdout, stderr } = await cli.call(['run', 'mine', join(samples, 'photos/astronaut.png')], ports);
    expect(stderr).toContain('No server is running; starting one for this run');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('1 person') });
  });
});

test.each([
  [['nonsense'], 2, "unknown command 'nonsense'"],
  [['up', '--port', 'http'], 2, '--port must be a number'],
  [['run', 'x', '/nowhere.jpg'], 2, 'There is no /nowhere.jpg'],
  [['pipelines', '--server', 'http://localhost:1'], 4, 'Not signed in'],
  [['run', 'x', join(samples, 'photos'), '--server', 'http://localhost:1'], 3, 'http://localhost:1 does not answer'],
  [['login', '--server', 'http://'], 2, 'This is not the address of a server'],
])('%j ends with %i', async (args, code, text) => {
  const outcome = await cli.call(args, { IMAGEFLOW_PASSWORD: 'x' });
  expect(outcome).toMatchObject({ code, stderr: expect.stringContaining(text) });
});

test('the help speaks Japanese where the terminal does', async () => {
  const { code, stdout } = await cli.call(['--help'], { LANG: 'ja_JP.UTF-8' });
  expect(code).toBe(0);
  expect(stdout).toContain('使い方: imageflow');
});
