/** Cameras that are asked by ONVIF where their picture is: a backend, ffmpeg and an RTSP server, all of them real. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type CameraServer, isWithout, startCamera } from '../../scripts/servers/index.ts';
import { openStreamLab, type StreamLab } from './lab.ts';
import { answerProbes, type OnvifCamera, type OnvifCameraOptions, probeMatch, startOnvifCamera } from './onvif-camera.ts';
import { openRest } from './rest.ts';
import { ffmpegsOf } from './videos.ts';

describe.skipIf(isWithout('camera'))('ONVIF', () => {
  let lab: StreamLab;
  let picture: CameraServer;

  beforeAll(async () => {
    lab = await openStreamLab();
    picture = await startCamera({ login: "plant:p@ss'word" });
  });
  afterAll(async () => {
    await lab?.close();
    await picture?.remove();
  });

  const { call, add, until } = openRest(() => lab);

  async function startOnvif(options: OnvifCameraOptions, rtsp = picture): Promise<OnvifCamera> {
    const camera = await startOnvifCamera(options);
    onTestFinished(() => camera.close());
    // As a camera behind NAT would say it.
    camera.uri = rtsp.url.replace('127.0.0.1', '10.9.8.7');
    return camera;
  }

  test.each(['token', 'sha256'] as const)(
    'a camera with a password (%s) runs; the password is on no command line, in no answer, in no log',
    async (proof) => {
      const { host, asked } = await startOnvif({ login: "plant:p@ss'word", proof, origin: 'http://10.9.8.7', clockShiftMs: 86_400_000 });
      const id = await add(`onvif-${proof}`, { kind: 'onvif', url: `plant:p%40ss'word@${host}`, profile: 'MainStream' });
      await until(id, ({ state }) => state === 'running');
      expect(asked.at(-1)).toBe('GetStreamUri p0');
      const { source } = (await call('GET', `/${id}`)).body;
      expect(source).toMatchObject({
        kind: 'onvif',
        address: `http://${host}/`,
        profile: 'MainStream',
        has_credentials: true,
      });
      const commands = await ffmpegsOf(process.pid);
      expect(commands).toHaveLength(1);
      expect(JSON.stringify([commands, source, lab.backend.log])).not.toMatch(/p@ss|p%40ss/);
      await call('POST', `/${id}/stop`);
      expect(await ffmpegsOf(process.pid)).toEqual([]);
    },
  );

  test('a wrong password, a profile that is not there, nobody there, a web server: named', async () => {
    const { host } = await startOnvif({ login: "plant:p@ss'word" });
    const web = await startOnvif({ answer: (answer) => void answer.end('<!DOCTYPE html><p>Welcome') });
    const login = { username: 'plant', password: "p@ss'word" };
    const expected = [
      [{ url: host, ...login, password: 'guess' }, 'CAMERA_LOGIN_FAILED', /password/],
      [{ url: host, ...login, profile: 'Third' }, 'CAMERA_UNREACHABLE', /no profile Third.*SubStream/],
      [{ url: '127.0.0.1:1', ...login }, 'CAMERA_UNREACHABLE', /refused/],
      [{ url: `http://${web.host}/onvif`, ...login }, 'CAMERA_UNREACHABLE', /ONVIF device/],
    ] as const;
    for (const [source, code, message] of expected) {
      const id = await add(`${code} ${message}`, { kind: 'onvif', ...source });
      const { error } = await until(id, ({ state }) => state === 'waiting');
      expect([error?.code, error?.message]).toEqual([code, expect.stringMatching(message)]);
    }
  });

  test('a camera that hangs waits after 5 s; it is stopped, and pointed elsewhere, at once', async () => {
    const { host } = await startOnvif({ answer: () => undefined });
    const id = await add('hangs', { kind: 'onvif', url: host });
    const startedAt = performance.now();
    expect((await until(id, ({ state }) => state === 'waiting')).error?.message).toContain('within 5 s');
    expect(performance.now() - startedAt).toBeGreaterThan(4_000);
    await call('POST', `/${id}/restart`);
    const stoppedAt = performance.now();
    expect((await call('POST', `/${id}/stop`)).body.status.state).toBe('stopped');
    await call('POST', `/${id}/start`);
    const good = await startOnvif({});
    await call('PATCH', `/${id}`, { source: { kind: 'onvif', url: good.host, username: 'plant', password: "p@ss'word" } });
    await until(id, ({ state }) => state === 'running');
    expect(performance.now() - stoppedAt).toBeLessThan(4_500);
  });

  test('a camera that comes back with its picture elsewhere is found again', async () => {
    const [before, after] = [await startCamera(), await startCamera()];
    onTestFinished(async () => {
      await before.remove();
      await after.remove();
    });
    const camera = await startOnvif({}, before);
    const id = await add('moves', { kind: 'onvif', url: `http://${camera.host}` });
    await until(id, ({ state }) => state === 'running');
    camera.uri = after.url;
    await before.kill();
    await until(id, ({ state, reconnects }) => state === 'running' && reconnects > 0);
  });

  test('a camera that the network tells of runs by that address; who may not add streams may not look for them', async () => {
    const camera = await startOnvif({});
    onTestFinished(
      await answerProbes((id) => probeMatch(id, `http://${camera.host}/onvif/device_service`, 'onvif://www.onvif.org/name/Dock')),
    );
    const { body } = await call('GET', '/cameras');
    const found = body.items.find(({ name }: { readonly name: string }) => name === 'Dock');
    expect(found).toEqual({ address: `http://${camera.host}/onvif/device_service`, name: 'Dock', model: null, location: null });
    const id = await add('found', { kind: 'onvif', url: found.address, username: 'plant', password: "p@ss'word" });
    await until(id, ({ state }) => state === 'running');
    const headers = await lab.backend.login('viewer');
    expect((await lab.backend.app.inject({ url: '/api/v1/streams/cameras', headers })).statusCode).toBe(403);
  });

  test('addresses of other protocols, names with control characters and bad escapes are refused', async () => {
    const refusal = async (source: object) =>
      (await call('POST', '', { name: 'bad', source: { kind: 'onvif', ...source }, pipeline_id: 'live-small' })).body;
    for (const url of ['rtsp://10.9.8.7/x', 'file:///etc/passwd', 'http://', 'a b', '10.9.8.7:99999', 'http://a%zz@10.9.8.7/', undefined]) {
      expect(await refusal({ url }), url).toMatchObject({ status: 400, code: 'VALIDATION_ERROR' });
    }
    expect(await refusal({ url: '10.9.8.7', username: 'a\r\nb', password: 'x' })).toMatchObject({ status: 400 });
  });
});
