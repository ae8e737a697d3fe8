/** `imageflow stream`, as a user calls it: real ffmpeg, a real RTSP camera, the services as processes. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Cli, type Outcome, openCli } from '../../apps/cli/src/testing.ts';
import { listTree } from '../../bench/processes.ts';
import { isWithout, startCamera } from '../../scripts/servers/index.ts';
import { openStreamLab, type StreamLab } from './lab.ts';
import { startOnvifCamera } from './onvif-camera.ts';
import { ffmpegsOf, makeVideo } from './videos.ts';

const run = promisify(execFile);
const surface = join(import.meta.dirname, '../../samples/defects/4000_0003.png');
const password = 'a-password-of-the-tests';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });

describe.skipIf(isWithout('camera'))('imageflow stream', () => {
  let lab: StreamLab;
  let cli: Cli;
  let scratched: string;

  const call = (words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome> =>
    cli.call(['stream', '--server', lab.address, ...words], env);
  const signIn = async (role: string, env: Readonly<Record<string, string>> = {}) => {
    const headers = await lab.backend.login('admin');
    const payload = { username: `cli-${role}`, role, password };
    expect((await lab.backend.app.inject({ method: 'POST', url: '/api/v1/users', headers, payload })).statusCode).toBe(201);
    const words = ['login', '--server', lab.address, '--username', payload.username];
    expect((await cli.call(words, { ...env, IMAGEFLOW_PASSWORD: password })).stderr).toBe('');
  };

  beforeAll(async () => {
    lab = await openStreamLab();
    cli = await openCli();
    await signIn('engineer');
    scratched = join(cli.folder, 'scratched.mp4');
    const picture = ['-y', '-loglevel', 'error', '-loop', '1', '-framerate', '10', '-i', surface];
    await run('ffmpeg', [...picture, '-t', '3', '-vf', 'scale=640:640', '-pix_fmt', 'yuv420p', scratched]);
  });
  afterAll(async () => {
    await cli?.close();
    await lab?.close();
  });

  test('a video: what is found as lines, figures each second, boxes in a video as long as the first, every frame accounted for', async () => {
    const out = join(cli.folder, 'out.mp4');
    const { code, stdout, stderr } = await call([scratched, '--pipeline', 'live-defects', '--show-stats', '--out', out]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}#\d+ {2}.*scratch \d+% \[\d+ \d+ \d+ \d+\].* {2}\d+ ms$/m);
    expect(stderr).toMatch(/\d fps {2}latency p50 \d+ p95 \d+ ms {2}dropped \d+/);
    const [, offered, answered, dropped] = /(\d+) frames, (\d+) answered \(0 failed\), (\d+) dropped/.exec(stderr)?.map(Number) ?? [];
    expect(offered).toBeGreaterThan(20);
    expect(Number(answered) + Number(dropped)).toBe(offered);
    expect(stderr).toMatch(/Found: .*scratch \d+/);
    expect(await durationOf(out)).toBeGreaterThan(2);
    expect(await durationOf(out)).toBeLessThan(4);
  });

  test('JSON: a line for every answer, with parameters; --seconds ends well', async () => {
    const words = ['--json', '--seconds', '1.5', '--max-fps', '5', '--param', 'detect.confidence_threshold=0.99'];
    const { code, stdout } = await call([scratched, '-p', 'live-defects', ...words]);
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.length).toBeLessThan(11);
    for (const line of lines) expect(line).toMatchObject({ pipeline_id: 'live-defects', detections: [], frame_width: 640 });
  });

  test('images of the pipeline become the video; Ctrl-C finishes it, says what was, and leaves no ffmpeg', async () => {
    const [long, out] = [join(cli.folder, 'long.mp4'), join(cli.folder, 'interrupted.mp4')];
    await makeVideo(long, 60);
    const started = cli.start(['stream', long, '-p', 'live-small', '--server', lab.address, '--show-stats', '--out', out]);
    await started.says(/[1-9]\d*\.\d fps/);
    await started.says(/fps[\s\S]+fps/);
    started.child.kill('SIGINT');
    expect(await started.ended()).toBe(130);
    expect(started.output()).toMatch(/answered[\s\S]*interrupted\.mp4[\s\S]*Interrupted/);
    expect(await durationOf(out)).toBeGreaterThan(0.3);
    expect(await sizeOf(out)).toBe('320,180');
  });

  test('a camera whose password comes from the environment is shown to nobody', async () => {
    const camera = await startCamera({ login: 'plant:secret-word' });
    try {
      const words = [
        'stream',
        camera.url.replace('//', '//plant@'),
        '-p',
        'live-small',
        '--server',
        lab.address,
        '--json',
        '--seconds',
        '20',
      ];
      const started = cli.start(words, { IMAGEFLOW_CAMERA_PASSWORD: 'secret-word' });
      await started.says('"frame_id":3');
      const commands = await ffmpegsOf(await programOf(started.child.pid ?? 0));
      expect(commands).toHaveLength(1);
      expect(commands.join()).not.toContain('secret-word');
      started.child.kill('SIGINT');
      expect(await started.ended()).toBe(130);
      const wrong = await call([camera.url.replace('//', '//plant@'), '-p', 'live-small'], { IMAGEFLOW_CAMERA_PASSWORD: 'guess' });
      expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching(/user name or.*password/) });
    } finally {
      await camera.remove();
    }
  });

  test('a camera that is asked by ONVIF', async () => {
    const picture = await startCamera({ login: 'plant:secret-word' });
    const camera = await startOnvifCamera({ login: 'plant:secret-word' });
    try {
      camera.uri = picture.url.replace('127.0.0.1', '10.9.8.7');
      const env = { IMAGEFLOW_CAMERA_PASSWORD: 'secret-word' };
      const { code, stdout } = await call(
        [`onvif://plant@${camera.host}?profile=MainStream`, '-p', 'live-small', '--seconds', '3', '--json'],
        env,
      );
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('"frame_id":3') });
      expect(camera.asked.at(-1)).toBe('GetStreamUri p0');
      const wrong = await call([`onvif://plant@${camera.host}?profile=none`, '-p', 'live-small'], env);
      expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('no profile none. It has: ') });
    } finally {
      await camera.close();
      await picture.remove();
    }
  });

  test('what cannot work is named, with an exit code of its kind', async () => {
    const refusal = async (words: readonly string[]) => {
      const { code, stderr } = await call(words);
      return { code, stderr: stderr.trim() };
    };
    const p = ['-p', 'live-small'];
    const place = join(cli.folder, 'none/x.mp4');
    const [pipeline, file, protocol, ending, fps, camera, picture, folder] = await Promise.all([
      refusal([scratched, '-p', 'none']),
      refusal(['none.mp4', ...p]),
      refusal(['http://u:pw@127.0.0.1/x', ...p]),
      refusal([scratched, ...p, '--out', 'x.avi']),
      refusal([scratched, ...p, '--max-fps', '0']),
      refusal(['rtsp://127.0.0.1:1/cam', ...p]),
      refusal([surface, ...p]),
      refusal([scratched, ...p, '--out', place]),
    ]);
    expect(pipeline).toEqual({ code: 2, stderr: expect.stringContaining('There is no pipeline none') });
    expect(file).toEqual({ code: 2, stderr: 'There is no none.mp4' });
    expect(protocol).toEqual({ code: 2, stderr: expect.not.stringContaining('pw@') });
    expect(ending).toEqual({ code: 2, stderr: expect.stringContaining('.mp4') });
    expect(fps).toEqual({ code: 2, stderr: expect.stringContaining('--max-fps') });
    expect(camera).toEqual({ code: 1, stderr: expect.stringContaining('refused') });
    expect(picture).toEqual({ code: 1, stderr: expect.stringContaining('cannot be read') });
    expect(folder).toEqual({ code: 1, stderr: expect.stringContaining(place) });
  });

  test('a role that may not is told so', async () => {
    const env = { IMAGEFLOW_CONFIG_DIR: join(cli.folder, 'viewer') };
    await signIn('viewer', env);
    const { code, stderr } = await call([scratched, '-p', 'live-small'], env);
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'The role "viewer" may not run pipelines on live video\n' });
  });
});

/** The starter runs the program under a Node that is new enough, itself or in a process below it. */
async function programOf(pid: number): Promise<number> {
  for (const one of await listTree(pid)) if ((await readFile(`/proc/${one}/cmdline`, 'utf8')).includes('apps/cli/src/main.ts')) return one;
  return pid;
}

async function durationOf(file: string): Promise<number> {
  return Number(await probe(file, 'format=duration'));
}

function sizeOf(file: string): Promise<string> {
  return probe(file, 'stream=width,height');
}

async function probe(file: string, entries: string): Promise<string> {
  return (await run('ffprobe', ['-v', 'error', '-show_entries', entries, '-of', 'csv=p=0', file])).stdout.trim();
}
