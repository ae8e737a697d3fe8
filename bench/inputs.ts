/** The photos that scenarios work on, made of a shipped one so that nothing large has to be kept. */
import { mkdir, mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';

const photo = join(import.meta.dirname, '../samples/photos/china.jpg');
const surface = join(import.meta.dirname, '../samples/defects/4000_0000.png');

export async function makeScratchFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'imageflow-bench-'));
}

/** A 1920 × 1080 JPEG of a surface with defects, in the upper middle of what cameras write (quality 92, 4:2:0). */
export async function makeSurface1080(folder: string): Promise<string> {
  return makeOnce(folder, 'surface-1080.jpg', (path) =>
    sharp(surface).resize(1920, 1080, { fit: 'cover' }).jpeg({ quality: 92 }).toFile(path),
  );
}

/** A 1920 × 1080 JPEG photo with fine detail. */
export async function makePhoto1080(folder: string): Promise<string> {
  return makeOnce(folder, 'photo-1080.jpg', (path) => sharp(photo).resize(1920, 1080, { fit: 'cover' }).jpeg({ quality: 90 }).toFile(path));
}

/** A 4000 × 3000 JPEG photo (12 megapixels). */
export async function makePhoto12(folder: string): Promise<string> {
  return makeOnce(folder, 'photo-12mp.jpg', (path) => sharp(photo).resize(4000, 3000, { fit: 'cover' }).jpeg({ quality: 88 }).toFile(path));
}

async function makeOnce(folder: string, name: string, make: (path: string) => Promise<unknown>): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) await make(path);
  return path;
}
