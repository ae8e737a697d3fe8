/** Chromium without a window, whose camera shows one still picture of a surface with known defects. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, launch } from 'puppeteer-core';
import sharp from 'sharp';
import { findChromium } from '../../scripts/servers/index.ts';

const samples = join(import.meta.dirname, '../../samples/defects');

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface KnownDefect {
  readonly label: string;
  /** Pixels of the camera's picture. */
  readonly box: Box;
}

export interface Picture {
  readonly jpeg: Buffer;
  readonly width: number;
  readonly height: number;
  readonly defects: readonly KnownDefect[];
}

/** A surface at the right of a 4:3 picture: a box that is mirrored, or scaled by the wrong side, misses its defect. */
export async function makePicture(file: string): Promise<Picture> {
  const { images } = JSON.parse(await readFile(join(samples, 'ground_truth.json'), 'utf8')) as GroundTruth;
  const image = images.find((each) => each.file === file);
  if (image === undefined) throw new Error(`no ground truth of ${file}`);
  const [width, height] = [640, 480];
  const scale = height / image.height;
  const left = width - image.width * scale;
  const surface = sharp(join(samples, file)).resize(height, height, { kernel: 'cubic' });
  const jpeg = await surface.extend({ left, extendWith: 'mirror' }).removeAlpha().jpeg({ quality: 95 }).toBuffer();
  const defects = image.objects.map(({ label, bbox: [x1, y1, x2, y2] }) => ({
    label,
    box: { x: left + x1 * scale, y: y1 * scale, width: (x2 - x1) * scale, height: (y2 - y1) * scale },
  }));
  return { jpeg, width, height, defects };
}

interface GroundTruth {
  readonly images: readonly {
    readonly file: string;
    readonly height: number;
    readonly width: number;
    readonly objects: readonly { readonly label: string; readonly bbox: readonly [number, number, number, number] }[];
  }[];
}

export interface CameraBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

export async function openBrowser(picture: Picture): Promise<CameraBrowser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('Chromium is not here. To install it: npm run servers -- install chromium');
  const folder = await mkdtemp(join(tmpdir(), 'imageflow-browser-'));
  const camera = join(folder, 'camera.mjpeg');
  // The camera plays the file again and again.
  await writeFile(camera, Buffer.concat([picture.jpeg, picture.jpeg]));
  const browser = await launch({
    executablePath,
    timeout: 60_000,
    protocolTimeout: 60_000,
    userDataDir: join(folder, 'profile'),
    args: [
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${camera}`,
      // Shared memory of containers is often too small for it.
      '--disable-dev-shm-usage',
      // Its sandbox does not work for root; it sees pages of this machine only.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  });
  return {
    browser,
    async close() {
      await browser.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Share of what both cover in what either covers. */
export function overlap(one: Box, other: Box): number {
  const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
  const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (one.width * one.height + other.width * other.height - width * height);
}
