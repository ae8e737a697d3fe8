/** A 720p clip made by the project: surfaces with known defects on a belt that moves through the picture. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

const surfaces = join(import.meta.dirname, '../samples/defects');
const [width, height] = [1280, 720];
/** Four seconds at 30 frames a second, then from the start again. */
const frames = 120;

/** JPEG frames (quality 85, as cameras send them). */
export async function makeClip(): Promise<readonly Buffer[]> {
  const belt = await layBelt();
  const stepPx = Math.floor((belt.width - width) / (frames - 1));
  const clip: Buffer[] = [];
  for (let index = 0; index < frames; index++) {
    const window = { left: index * stepPx, top: 0, width, height };
    clip.push(
      await sharp(belt.data, { raw: { width: belt.width, height, channels: 3 } })
        .extract(window)
        .jpeg({ quality: 85 })
        .toBuffer(),
    );
  }
  return clip;
}

/** All surfaces side by side, each as high as the picture. */
async function layBelt(): Promise<{ data: Buffer; width: number }> {
  const names = (await readdir(surfaces)).filter((name) => name.endsWith('.png')).sort();
  const tiles = await Promise.all(names.map((name) => sharp(join(surfaces, name)).resize(height, height).removeAlpha().toBuffer()));
  const beltWidth = tiles.length * height;
  const data = await sharp({ create: { width: beltWidth, height, channels: 3, background: 'black' } })
    .composite(tiles.map((input, index) => ({ input, left: index * height, top: 0 })))
    .raw()
    .toBuffer();
  return { data, width: beltWidth };
}
