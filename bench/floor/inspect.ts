/**
 * Bare compute: resize to 640, find defects at 320, sharpen, encode, in one process with sharp and onnxruntime; no network, journal or
 * store. A plain script, written to be fast, that shares no code with the platform.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';

const model = join(import.meta.dirname, '../../models/defect-yolo-320-w16.onnx');
const side = 320;
const confidence = 0.45;
const overlapLimit = 0.45;

interface Found {
  readonly kind: number;
  readonly score: number;
  readonly box: readonly [number, number, number, number];
}

export interface Inspector {
  /** Bytes of the sharpened JPEG and what was found. */
  inspect(jpeg: Uint8Array): Promise<{ readonly image: Uint8Array; readonly found: readonly Found[] }>;
  /** Only what was found, as live video wants it. */
  look(jpeg: Uint8Array): Promise<readonly Found[]>;
}

export async function openInspector(threads: number): Promise<Inspector> {
  sharp.cache(false);
  sharp.concurrency(1);
  const session = await InferenceSession.create(await readFile(model), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const find = async (jpeg: Uint8Array) => {
    const { data, info } = await sharp(jpeg).resize(640, 640, { fit: 'inside' }).raw().toBuffer({ resolveWithObject: true });
    const raw = { raw: { width: info.width, height: info.height, channels: 3 as const } };
    return { data, raw, found: await detect(session, await letterbox(data, raw.raw)) };
  };
  return {
    look: async (jpeg) => (await find(jpeg)).found,
    async inspect(jpeg) {
      const { data, raw, found } = await find(jpeg);
      const sharpened = sharp(data, raw).convolve({ width: 3, height: 3, kernel: [0, -0.5, 0, -0.5, 3, -0.5, 0, -0.5, 0] });
      return { image: await sharpened.jpeg({ quality: 90, optimiseCoding: false }).toBuffer(), found };
    },
  };
}

async function letterbox(data: Buffer, raw: { width: number; height: number; channels: 3 }): Promise<Float32Array> {
  const grey = { r: 114, g: 114, b: 114 };
  const pixels = await sharp(data, { raw }).resize(side, side, { fit: 'contain', background: grey, kernel: 'linear' }).raw().toBuffer();
  const plane = side * side;
  const input = new Float32Array(3 * plane);
  for (let at = 0, from = 0; at < plane; at++, from += 3) {
    input[at] = (pixels[from] ?? 0) / 255;
    input[at + plane] = (pixels[from + 1] ?? 0) / 255;
    input[at + 2 * plane] = (pixels[from + 2] ?? 0) / 255;
  }
  return input;
}

async function detect(session: InferenceSession, input: Float32Array): Promise<readonly Found[]> {
  const answer = await session.run({ images: new Tensor('float32', input, [1, 3, side, side]) });
  const output = answer.output0;
  if (output === undefined) throw new Error('The model has no output0');
  const [values, count] = [output.data as Float32Array, output.dims[2] ?? 0];
  const candidates: Found[] = [];
  for (let at = 0; at < count; at++) {
    for (let kind = 0; kind < 3; kind++) {
      const score = values[(4 + kind) * count + at] ?? 0;
      if (score < confidence) continue;
      const [x, y, w, h] = [0, 1, 2, 3].map((row) => values[row * count + at] ?? 0) as [number, number, number, number];
      candidates.push({ kind, score, box: [x - w / 2, y - h / 2, x + w / 2, y + h / 2] });
    }
  }
  return suppress(candidates.sort((a, b) => b.score - a.score));
}

function suppress(candidates: readonly Found[]): readonly Found[] {
  const kept: Found[] = [];
  for (const candidate of candidates) {
    if (kept.every((other) => other.kind !== candidate.kind || overlap(other.box, candidate.box) <= overlapLimit)) kept.push(candidate);
  }
  return kept;
}

function overlap(a: Found['box'], b: Found['box']): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both);
}
