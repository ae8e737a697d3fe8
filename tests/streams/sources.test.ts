/** Cameras and video files that the server reads: real ffmpeg, a real RTSP server. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type CameraServer, isWithout, startCamera } from '../../scripts/servers/index.ts';
import { openStreamLab, type StreamLab } from './lab.ts';
import { openRest } from './rest.ts';
import { ffmpegsOf, makeVideo } from './videos.ts';

describe.skipIf(isWithout('camera'))('sources', () => {
  let lab: StreamLab;
  let videos: string;

  beforeAll(async () => {
    lab = await openStreamLab();
    videos = lab.backend.config.video.folder;
    await mkdir(videos, { recursive: true });
    await makeVideo(join(videos, 'line.mp4'), 2);
  });
  afterAll(() => lab?.close());

  const { call, add, until, archived } = openRest(() => lab);

  test('a video file runs through the pipeline once, then has ended; a restart begins anew', async () => {
    const id = await add('once', { kind: 'file', path: 'line.mp4' });
    const ended = await until(id, ({ state }) => state === 'ended');
    expect((ended.figures?.answered ?? 0) + (ended.figures?.dropped ?? 0)).toBe(ended.figures?.received);
    expect(ended.figures?.received).toBeGreaterThan(20);
    await call('POST', `/${id}/restart`);
    await until(id, ({ state }) => state === 'running');
  });

  test('who watches gets results over WebSocket and pictures as MJPEG', async () => {
    const id = await add('watched', { kind: 'file', path: 'line.mp4', loop: true });
    await until(id, ({ state }) => state === 'running');
    const viewer = await lab.connect(`?stream=${id}`);
    expect(await viewer.next('snapshot')).toMatchObject({ stream_id: id, pipeline_id: 'live-small' });
    expect(await viewer.next('processed_frame')).toMatchObject({ source_id: 'watched', content_type: 'image/jpeg' });
    await viewer.next('stream_stats', ({ fps_out }) => fps_out > 5);
    const { ticket } = (await lab.backend.app.inject({ method: 'POST', url: '/api/v1/ws-tickets', headers: lab.headers })).json();
    const answer = await fetch(`${lab.address}/api/v1/streams/${id}/preview?ticket=${ticket}`);
    expect(answer.headers.get('content-type')).toBe('multipart/x-mixed-replace; boundary=frame');
    const reader = answer.body?.getReader();
    const first = Buffer.from((await reader?.read())?.value ?? []).toString('latin1');
    expect(first).toMatch(/^--frame\r\nContent-Type: image\/jpeg/);
    await reader?.cancel();
  });

  test('frames that a rule names are kept with thumbnail, found again, told on the bus, and deleted with the stream', async () => {
    const archive = { rules: [{ when: 'interval', every_seconds: 0.5 }] };
    const id = await add('kept', { kind: 'file', path: 'line.mp4', loop: true }, { archive });
    const items = await archived(id, ({ length }) => length >= 2);
    expect(items[0]).toMatchObject({ stream_id: id, pipeline_id: 'live-small', reason: 'interval', width: 640, height: 360 });
    expect((await call('GET', `/${id}/archive?class=scratch`)).body.items).toEqual([]);
    expect((await call('GET', `/${id}/archive?from=2100-01-01T00:00:00Z`)).body.items).toEqual([]);
    const { id: frame = '', image_url: image = '', thumbnail_url: thumbnail = '' } = items[0] ?? {};
    for (const url of [image, thumbnail]) {
      const answer = await lab.backend.app.inject({ url, headers: lab.headers });
      expect([answer.statusCode, answer.headers['content-type'], answer.rawPayload.readUInt16BE(0)]).toEqual([200, 'image/jpeg', 0xffd8]);
    }
    expect((await call('DELETE', `/${id}/archive/${frame}`)).status).toBe(204);
    expect((await lab.backend.app.inject({ url: image, headers: lab.headers })).statusCode).toBe(404);
  });

  test('sources that are not allowed are refused by name', async () => {
    const refusal = async (source: object) => (await call('POST', '', { name: 'bad', source, pipeline_id: 'live-small' })).body;
    expect(await refusal({ kind: 'file', path: '../first-login.txt' })).toMatchObject({ status: 400, code: 'VALIDATION_ERROR' });
    expect(await refusal({ kind: 'file', path: '/etc/passwd' })).toMatchObject({ status: 400 });
    expect(await refusal({ kind: 'rtsp', url: 'http://127.0.0.1/x' })).toMatchObject({ status: 400 });
    expect(await refusal({ kind: 'rtsp', url: 'file:///etc/passwd' })).toMatchObject({ status: 400 });
    expect(await refusal({ kind: 'device', path: '/dev/video0' })).toMatchObject({ status: 422 });
    const answer = await call('POST', '', { name: 'bad', source: { kind: 'file', path: 'line.mp4' }, pipeline_id: 'none' });
    expect(answer.body).toMatchObject({ status: 422, code: 'UNPROCESSABLE' });
  });

  test('a link out of the folder, a missing file and a file that is no video: failed, with the reason', async () => {
    await symlink('/etc/hostname', join(videos, 'link.mp4'));
    await writeFile(join(videos, 'text.mp4'), '#EXTM3U\nhttp://127.0.0.1/secret\n');
    for (const path of ['link.mp4', 'text.mp4', 'none.mp4']) {
      const id = await add(path, { kind: 'file', path });
      expect((await until(id, ({ state }) => state === 'failed')).error?.code).toBe('VIDEO_UNREADABLE');
    }
  });

  describe('cameras', () => {
    let camera: CameraServer;
    let locked: CameraServer;
    beforeAll(async () => {
      camera = await startCamera();
      locked = await startCamera({ login: "plant:p@ss'word" });
    });
    afterAll(async () => {
      await camera?.remove();
      await locked?.remove();
    });

    test('a camera with a password: it is on no command line, in no answer, in no log; stop leaves no process', async () => {
      const url = locked.url.replace('//', "//plant:p%40ss'word@");
      const id = await add('locked', { kind: 'rtsp', url });
      await until(id, ({ state }) => state === 'running');
      const commands = await ffmpegsOf(process.pid);
      expect(commands).toHaveLength(1);
      const shown = JSON.stringify([commands, (await call('GET', `/${id}`)).body, lab.backend.log]);
      expect(shown).not.toMatch(/p@ss|p%40ss/);
      expect((await call('GET', `/${id}`)).body.source).toMatchObject({
        address: locked.url,
        has_credentials: true,
      });
      expect((await call('POST', `/${id}/stop`)).body.status.state).toBe('stopped');
      expect(await ffmpegsOf(process.pid)).toEqual([]);
    });

    test('a wrong password, a dead camera, a wrong path: named, and no process stays', async () => {
      const wrong = await add('wrong', { kind: 'rtsp', url: locked.url, username: 'plant', password: 'guess' });
      const dead = await add('dead', { kind: 'rtsp', url: 'rtsp://127.0.0.1:1/cam' });
      const path = await add('path', { kind: 'rtsp', url: camera.url.replace('/cam', '/none') });
      expect((await until(wrong, ({ state }) => state === 'waiting')).error).toMatchObject({ code: 'CAMERA_LOGIN_FAILED' });
      expect((await until(dead, ({ state }) => state === 'waiting')).error?.message).toContain('refused');
      expect((await until(path, ({ state }) => state === 'waiting')).error?.message).toContain('404');
      for (const id of [wrong, dead, path]) expect((await call('POST', `/${id}/stop`)).body.status.state).toBe('stopped');
      expect(await ffmpegsOf(process.pid)).toEqual([]);
    });

    test('a camera that goes away and comes back is found again', async () => {
      const own = await startCamera();
      onTestFinished(() => own.remove());
      const id = await add('flaps', { kind: 'rtsp', url: own.url });
      await until(id, ({ state }) => state === 'running');
      await own.kill();
      await until(id, ({ state }) => state === 'waiting');
      await own.start();
      expect((await until(id, ({ state }) => state === 'running')).reconnects).toBeGreaterThan(0);
      expect(await ffmpegsOf(process.pid)).toHaveLength(1);
    });
  });
});
