/** Draws what was found onto the upright original. */

import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Colour, classColour, type Detection, decodeBmp, textColour } from '@imageflow/core';
import sharp, { type OverlayOptions, type Sharp } from 'sharp';

type Found = Pick<Detection, 'class_name' | 'confidence' | 'bbox_original'>;

/** Enough to see what was found; more labels would hide the image. */
const mostLabels = 200;
const fontFile = fileURLToPath(new URL('../fonts/NotoSansJP-Bold.otf', import.meta.resolve('@embedpdf/fonts-jp')));

/** Writes a JPEG; its pixels are those that bbox_original speaks of. */
export async function annotate(image: string, found: readonly Found[], target: string): Promise<void> {
  await (await draw(await openImage(await readFile(image)), found)).jpeg({ quality: 92 }).toFile(target);
}

/** The same for a frame of video, which is a JPEG again. */
export async function annotateFrame(frame: Uint8Array, found: readonly Found[]): Promise<Buffer> {
  return (await draw(await openImage(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)), found))
    .jpeg({ quality: 85 })
    .toBuffer();
}

async function draw(image: Sharp, found: readonly Found[]): Promise<Sharp> {
  const { data, info } = await image.flatten({ background: '#ffffff' }).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  const strongestLast = [...found].sort((left, right) => left.confidence - right.confidence);
  const labels = await Promise.all(strongestLast.slice(-mostLabels).map((detection) => drawLabel(detection, info)));
  return sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } }).composite([
    { input: Buffer.from(drawBoxes(strongestLast, info)) },
    ...labels.flat(),
  ]);
}

/** libvips reads all accepted formats but BMP. */
async function openImage(bytes: Buffer): Promise<Sharp> {
  if (bytes.toString('latin1', 0, 2) !== 'BM') return sharp(bytes, { pages: 1 }).autoOrient();
  const { data, width, height } = await decodeBmp(bytes, () => setImmediate());
  return sharp(data, { raw: { width, height, channels: 3 } });
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function drawBoxes(found: readonly Found[], { width, height }: Size): string {
  const line = Math.min(12, Math.max(1, Math.round(Math.min(width, height) / 240)));
  const boxes = found.map(({ class_name, bbox_original: box }) => {
    const place = `x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}"`;
    return `<rect ${place} fill="none" stroke="${css(classColour(class_name))}" stroke-width="${line}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${boxes.join('')}</svg>`;
}

async function drawLabel({ class_name, confidence, bbox_original: box }: Found, image: Size): Promise<OverlayOptions[]> {
  const colour = classColour(class_name);
  const size = Math.min(72, Math.max(11, Math.round(Math.min(image.width, image.height) / 36)));
  const label = await renderLabel(`${class_name} ${Math.round(confidence * 100)}%`, size, colour);
  // A label wider than the image could not be placed.
  if (label.width > image.width || label.height > image.height) return [];
  const above = Math.round(box.y) - label.height;
  return [
    {
      input: label.png,
      left: clamp(Math.round(box.x), image.width - label.width),
      top: clamp(above >= 0 ? above : Math.round(box.y), image.height - label.height),
    },
  ];
}

/** With the font this package brings: servers and containers often have none. */
async function renderLabel(text: string, size: number, colour: Colour): Promise<Size & { readonly png: Buffer }> {
  const markup = `<span foreground="${hex(textColour(colour))}">${escapeMarkup(text)}</span>`;
  const padding = Math.max(2, Math.round(size / 6));
  const { data, info } = await sharp({ text: { text: markup, font: `Noto Sans JP Bold ${size}`, fontfile: fontFile, dpi: 72, rgba: true } })
    .extend({ top: padding, bottom: padding, left: padding, right: padding, background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .flatten({ background: css(colour) })
    .png()
    .toBuffer({ resolveWithObject: true });
  return { png: data, width: info.width, height: info.height };
}

function css([red, green, blue]: Colour): string {
  return `rgb(${red},${green},${blue})`;
}

function hex(colour: Colour): string {
  return `#${colour.map((level) => level.toString(16).padStart(2, '0')).join('')}`;
}

function clamp(value: number, limit: number): number {
  return Math.max(0, Math.min(value, limit));
}

/** Pango reads its text as markup. */
function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
