/** Frames and clips that are kept: real ffmpeg, the real detector. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openObjects } from '@imageflow/adapters/objects';
import type { ObjectStore } from '@imageflow/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isWithout } from '../../scripts/servers/index.ts';
import { openStreamLab, type StreamLab } from './lab.ts';
import { openRest, poll } from './rest.ts';
import { inspectVideo, makeEventVideo } from './videos.ts';

const defect = join(import.meta.dirname, '../../samples/defects/4000_0000.png');

/** The system's own; beside a file named "no-h264" one that was built without it, as some systems have it. */
const withoutH264 = `#!/bin/sh
case "$*" in *libx264*) [ -e "$(dirname "$0")/no-h264" ] && { echo "Unknown encoder 'libx264'" >&2; exit 1; } ;; esac
exec ffmpeg "$@"
`;

describe.skipIf(isWithout('camera'))('archive', () => {
  let lab: StreamLab;
  let videos: string;
  let objects: ObjectStore;
  let ffmpeg: string | undefined;
  const { add, call, until, archived } = openRest(() => lab);
  const get = (url: string, headers: object = {}) => lab.backend.app.inject({ url, headers: { ...lab.headers, ...headers } });

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'imageflow-ffmpeg-'));
    ffmpeg = join(folder, 'ffmpeg');
    await writeFile(ffmpeg, withoutH264, { mode: 0o755 });
    lab = await openStreamLab({ IMAGEFLOW_FFMPEG: ffmpeg });
    objects = await openObjects(`folder:${lab.folder}/objects`);
    videos = lab.backend.config.video.folder;
    await mkdir(videos, { recursive: true });
    await makeEventVideo(join(videos, 'event.mp4'), defect);
  });
  afterAll(async () => {
    await lab?.close();
    if (ffmpeg !== undefined) await rm(dirname(ffmpeg), { recursive: true, force: true });
  });

  const defects = [{ when: 'class', classes: ['deformation', 'scratch'], min_confidence: 0.3 }];

  test('the seconds around a defect become a clip that plays; frames kept meanwhile share it; it goes with the last of them', async () => {
    const archive = { rules: defects, min_gap_seconds: 0.3, clip: { before_seconds: 1, after_seconds: 1.5 } };
    const id = await add('clip', { kind: 'file', path: 'event.mp4' }, { pipeline_id: 'live-defects', archive });
    await until(id, ({ state }) => state === 'ended');
    const items = await archived(id, (found) => found.length > 1 && found.every(({ clip_url }) => clip_url !== null));
    const [clipUrl = ''] = items.map(({ clip_url }) => clip_url ?? '');
    const clip = await get(clipUrl);
    expect([clip.statusCode, clip.headers['content-type'], clip.headers['accept-ranges']]).toEqual([200, 'video/mp4', 'bytes']);
    const bytes = clip.rawPayload;
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
    const file = join(videos, 'clip-of-the-test.mp4');
    await writeFile(file, bytes);
    const { codec, width, height, seconds, timesMs } = await inspectVideo(file);
    expect([codec, width, height]).toEqual(['h264', 320, 320]);
    // 2.5 s at 15 frames a second, read in real time on a machine that may have other work.
    expect(seconds).toBeGreaterThan(2);
    expect(seconds).toBeLessThan(3);
    expect(timesMs.length).toBeGreaterThan(28);
    expect(timesMs.length).toBeLessThan(40);
    expect(timesMs).toEqual([...new Set(timesMs)].toSorted((one, other) => one - other));

    const part = await get(clipUrl, { range: 'bytes=4-7' });
    expect([part.statusCode, part.body]).toEqual([206, 'ftyp']);
    const stored = async () => {
      const keys: string[] = [];
      for await (const key of objects.list(`streams/${id}/`)) keys.push(key);
      return keys;
    };
    expect((await stored()).filter((key) => key.endsWith('.mp4'))).toHaveLength(1);
    for (const [index, frame] of items.entries()) {
      expect((await get(clipUrl.replace(/archive\/[^/]+/, `archive/${frame.id}`))).statusCode).toBe(200);
      expect((await call('DELETE', `/${id}/archive/${frame.id}`)).status).toBe(204);
      expect(await stored()).toHaveLength(index === items.length - 1 ? 0 : 2 * (items.length - index - 1) + 1);
    }
    expect((await get(clipUrl)).statusCode).toBe(404);
  });

  test('a clip that cannot be made is logged with the reason and counted; its frame stays, and so do those of other clips', async () => {
    const metrics = async () => (await get('/metrics')).body;
    expect(await metrics()).toContain('imageflow_stream_clips_total{outcome="made"} 1');
    await writeFile(join(dirname(ffmpeg ?? ''), 'no-h264'), '');
    const archive = { rules: defects, min_gap_seconds: 5, clip: { before_seconds: 0, after_seconds: 0 } };
    const id = await add('no clip', { kind: 'file', path: 'event.mp4' }, { pipeline_id: 'live-defects', archive });
    await poll(metrics, (text) => text.includes('imageflow_stream_clips_total{outcome="failed"} 1'));
    expect(lab.backend.log.filter((line) => line.includes('a clip could not be made')).join()).toContain("Unknown encoder 'libx264'");
    const [frame] = await archived(id, ({ length }) => length === 1);
    expect(frame).toMatchObject({ reason: 'class', clip_url: null });
    expect((await get(`/api/v1/streams/${id}/archive/${frame?.id}/clip`)).statusCode).toBe(404);
    expect((await get(frame?.image_url ?? '')).statusCode).toBe(200);
    expect(await metrics()).toMatch(/imageflow_stream_archive_frames_total\{outcome="kept"\} [3-9]/);
  });
});
