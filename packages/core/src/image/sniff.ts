/** Decides what a file is by its first bytes; its name and its declared type are never asked. */

export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'tiff' | 'gif' | 'avif' | 'bmp';

/** Bytes of a file's head that `sniffFormat` and `nameForeign` want to see. */
export const sniffBytes = 512;

/** The accepted format of a file, undefined when it is none of them. */
export function sniffFormat(head: Uint8Array): ImageFormat | undefined {
  if (startsWith(head, [0xff, 0xd8, 0xff])) return 'jpeg';
  if (startsWith(head, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
  if (text(head, 0, 4) === 'RIFF' && text(head, 8, 12) === 'WEBP') return 'webp';
  if (isTiff(head)) return 'tiff';
  if (text(head, 0, 6) === 'GIF87a' || text(head, 0, 6) === 'GIF89a') return 'gif';
  if (brands(head).some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
  if (isBmp(head)) return 'bmp';
  return undefined;
}

/** What a refused file seems to be, for the message; undefined when it cannot be told. */
export function nameForeign(head: Uint8Array): string | undefined {
  if (text(head, 0, 5) === '%PDF-') return 'PDF';
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04]) || startsWith(head, [0x50, 0x4b, 0x05, 0x06])) return 'ZIP';
  if (startsWith(head, [0x1f, 0x8b])) return 'gzip';
  if (brands(head).some((brand) => heifBrands.has(brand))) return 'HEIC';
  if (brands(head).length > 0) return 'MP4';
  if (startsWith(head, [0xff, 0x0a]) || text(head, 4, 8) === 'JXL ') return 'JPEG XL';
  if (text(head, 0, 4) === '8BPS') return 'Photoshop';
  return nameMarkup(text(head, 0, sniffBytes).trimStart().toLowerCase());
}

const heifBrands = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1']);

function nameMarkup(start: string): string | undefined {
  if (start.includes('<svg')) return 'SVG';
  if (start.startsWith('<!doctype html') || start.includes('<html')) return 'HTML';
  return start.startsWith('<?xml') ? 'XML' : undefined;
}

function isTiff(head: Uint8Array): boolean {
  const little = startsWith(head, [0x49, 0x49, 0x2a, 0x00]) || startsWith(head, [0x49, 0x49, 0x2b, 0x00]);
  return little || startsWith(head, [0x4d, 0x4d, 0x00, 0x2a]) || startsWith(head, [0x4d, 0x4d, 0x00, 0x2b]);
}

/** "BM" alone also starts ordinary text, so the size of the second header must be a known one too. */
function isBmp(head: Uint8Array): boolean {
  return text(head, 0, 2) === 'BM' && head.length >= 18 && [12, 16, 40, 52, 56, 64, 108, 124].includes(head[14] ?? 0) && head[15] === 0;
}

/** Major and compatible brands of an ISO base media file. */
function brands(head: Uint8Array): string[] {
  if (text(head, 4, 8) !== 'ftyp') return [];
  const boxEnd = Math.min(head.length, ((head[2] ?? 0) << 8) | (head[3] ?? 0));
  const found = [text(head, 8, 12)];
  for (let at = 16; at + 4 <= boxEnd; at += 4) found.push(text(head, at, at + 4));
  return found;
}

function startsWith(head: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => head[index] === byte);
}

function text(head: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...head.subarray(start, end));
}
