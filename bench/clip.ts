/**
 * A 720p clip made by the project: surfaces with known defects on a belt that moves through the picture. The same bytes at every call.
 * `node bench/clip.ts belt.mp4 [seconds]` writes it as a video.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

const surfaces = join(import.meta.dirname, '../samples/defects');
const [width, height] = [1280, 720];
/** Four seconds at 30 frames a second, then from the start again. */
const count = 120;
const fps = 30;
/** A surface is as wide as the picture, so that the model sees it at the size it was made in. */
const surfaceCount = 8;

/** Pixels of the frame. */
export interface Defect {
  readonly className: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface ClipFrame {
  /** Quality 85, as cameras send them. */
  readonly jpeg: Buffer;
  /** Those that are whole in the picture. */
  readonly defects: readonly Defect[];
}

export async function makeClip(): Promise<readonly ClipFrame[]> {
  const belt = await layBelt();
  const stepPx = Math.floor((belt.height - height) / (count - 1));
  const clip: ClipFrame[] = [];
  for (let index = 0; index < count; index++) {
    const top = index * stepPx;
    const jpeg = await sharp(belt.data, { raw: { width, height: belt.height, channels: 3 } })
      .extract({ left: 0, top, width, height })
      .jpeg({ quality: 85 })
      .toBuffer();
    const defects = belt.defects.map((defect) => ({ ...defect, y: defect.y - top })).filter(isWhole);
    clip.push({ jpeg, defects });
  }
  return clip;
}

function isWhole(defect: Defect): boolean {
  return defect.y >= 0 && defect.y + defect.height <= height;
}

interface Truth {
  readonly size: number;
  readonly images: readonly {
    readonly file: string;
    /** Left, top, right, bottom. */
    readonly objects: readonly { readonly label: string; readonly bbox: readonly [number, number, number, number] }[];
  }[];
}

/** Surfaces one below the other. */
async function layBelt(): Promise<{ data: Buffer; height: number; defects: readonly Defect[] }> {
  const { size, images } = JSON.parse(await readFile(join(surfaces, 'ground_truth.json'), 'utf8')) as Truth;
  const laid = images.filter(({ objects }) => objects.length > 0).slice(0, surfaceCount);
  const scale = width / size;
  const tiles = await Promise.all(laid.map(({ file }) => sharp(join(surfaces, file)).resize(width, width).png().toBuffer()));
  const beltHeight = tiles.length * width;
  const data = await sharp({ create: { width, height: beltHeight, channels: 3, background: 'black' } })
    .composite(tiles.map((input, index) => ({ input, left: 0, top: index * width })))
    // Grey surfaces would make a grey belt of one channel.
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer();
  const defects = laid.flatMap(({ objects }, index) =>
    objects.map(({ label, bbox: [left, top, right, bottom] }) => ({
      className: label,
      x: left * scale,
      y: index * width + top * scale,
      width: (right - left) * scale,
      height: (bottom - top) * scale,
    })),
  );
  return { data, height: beltHeight, defects };
}

async function writeVideo(file: string, seconds: number): Promise<void> {
  const { findFfmpeg, openWriter } = await import('@imageflow/adapters/video');
  const frames = await makeClip();
  const writer = await openWriter(file, { ffmpeg: await findFfmpeg(undefined, process.env.PATH ?? ''), fps });
  for (let index = 0; index < seconds * fps; index++) {
    writer.add(frames[index % count]?.jpeg ?? Buffer.alloc(0), (index * 1000) / fps);
    // Faster than any encoder: the pictures must not pile up.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { fault } = await writer.close();
  if (fault !== undefined) throw new Error(fault);
}

if (import.meta.main) {
  const [file, seconds = '4'] = process.argv.slice(2);
  if (file === undefined) throw new Error('Usage: node bench/clip.ts <file.mp4> [seconds]');
  await writeVideo(file, Number(seconds));
}
