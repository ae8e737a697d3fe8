/** The client of live video on a network that breaks. */
import { once } from 'node:events';
import { createServer, connect as open, type Server, type Socket } from 'node:net';
import { type Camera, type CameraAnswer, createClient, openCamera } from '@imageflow/client';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStreamLab, type StreamLab } from './lab.ts';

let lab: StreamLab;
let wire: Wire;
let frame: Buffer;

beforeAll(async () => {
  lab = await openStreamLab();
  wire = await openWire(Number(new URL(lab.address).port));
  frame = await sharp({ create: { width: 640, height: 360, channels: 3, background: 'grey' } })
    .jpeg()
    .toBuffer();
});
afterAll(async () => {
  wire?.close();
  await lab?.close();
});

function openTestCamera(pipelineId: string, onAnswer: (answer: CameraAnswer) => void, maxAwayMs = 30_000) {
  const troubles: string[] = [];
  // Good for as long as a test runs.
  const tokens = { accessToken: lab.headers.authorization.slice('Bearer '.length), refreshToken: '' };
  const client = createClient({ baseUrl: wire.address, tokens, language: 'en' });
  const camera = openCamera(client, { pipelineId, maxAwayMs, onAnswer, onTrouble: (error) => troubles.push(error.name) });
  return { camera, troubles };
}

function feed(camera: Camera): () => void {
  const timer = setInterval(() => camera.offer(frame), 30);
  return () => clearInterval(timer);
}

test('a connection that breaks is opened again; every frame is answered or counted', async () => {
  const images: number[] = [];
  const { camera, troubles } = openTestCamera('live-small', ({ image }) => images.push(image?.length ?? 0));
  const stop = feed(camera);
  await expect.poll(() => images.length, { timeout: 20_000 }).toBeGreaterThan(3);
  wire.cut();
  const before = images.length;
  await expect.poll(() => images.length, { timeout: 20_000 }).toBeGreaterThan(before + 3);
  stop();
  await camera.finish(10_000);
  expect(await camera.ended).toBeUndefined();
  const { offered, answered, failed, dropped } = camera.counts();
  expect(answered + dropped).toBe(offered);
  expect({ answered, failed }).toEqual({ answered: images.length, failed: 0 });
  expect(Math.min(...images)).toBeGreaterThan(100);
  expect(troubles).toEqual(['ConnectionError']);
});

test('a server that stays away ends it, with why', async () => {
  const { camera } = openTestCamera('live-small', () => undefined, 1_500);
  const stop = feed(camera);
  await camera.ready;
  wire.hold();
  wire.cut();
  expect(await camera.ended).toMatchObject({ name: 'ConnectionError' });
  stop();
  wire.resume();
});

test('a pipeline that is not there ends it by name', async () => {
  const { camera } = openTestCamera('none', () => undefined);
  const stop = feed(camera);
  expect(await camera.ended).toMatchObject({ name: 'ApiError', code: 'NOT_FOUND' });
  stop();
});

interface Wire {
  readonly address: string;
  cut(): void;
  /** New connections are refused until `resume`. */
  hold(): void;
  resume(): void;
  close(): void;
}

async function openWire(port: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  let isHeld = false;
  const server: Server = createServer((near) => {
    if (isHeld) return near.destroy();
    const far = open(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    cut,
    hold() {
      isHeld = true;
    },
    resume() {
      isHeld = false;
    },
    close() {
      server.close();
      cut();
    },
  };
}
