/** An image that a component has made, or will make from its file when somebody wants it. */
import { brokenImage, type ImageFormat } from '@imageflow/core';
import type { Sharp } from 'sharp';
import { encodeImage, encodeWith, type OutputFormat, refuseUnwritable } from './encode.ts';
import { type OpenedImage, toPixels } from './open.ts';
import { releasePixels } from './release.ts';
import type { Pixels } from './source.ts';

export interface MadeImage {
  readonly width: number;
  readonly height: number;
  /** Made once, however often they are asked for. Throws IMAGE_BROKEN. */
  pixels(): Promise<Pixels>;
  /** The same picture whether the pixels have been asked for or not; straight from the file it keeps its dots per inch too. Throws IMAGE_BROKEN, UNPROCESSABLE. */
  encode(format: OutputFormat, quality?: number): Promise<Buffer>;
  /** Gives the pixels' memory back; await all work on them first. */
  release(): void;
}

export function madeOf(pixels: Pixels): MadeImage {
  return {
    width: pixels.width,
    height: pixels.height,
    pixels: async () => pixels,
    encode: (format, quality) => encodeImage(pixels, format, quality),
    release: () => releasePixels(pixels),
  };
}

/** The whole upright image as it was opened. */
export function madeFromOpened(opened: OpenedImage): MadeImage {
  return opened.pixels === undefined ? madeBy(opened.image, opened, opened.format) : madeOf(opened.pixels);
}

/** `pipeline` starts at `openImage` and makes an image of this size. From file to file in one go saves a tenth at 1080p to 640. */
export function madeBy(pipeline: Sharp, size: { width: number; height: number }, format: ImageFormat | 'raw'): MadeImage {
  const { width, height } = size;
  let made: Promise<Pixels> | undefined;
  let finished: Pixels | undefined;
  const pixels = () => {
    made ??= toPixels(pipeline.clone(), format).then((result) => {
      finished = result;
      return result;
    });
    return made;
  };
  return {
    width,
    height,
    pixels,
    async encode(wanted, quality) {
      if (made !== undefined) return encodeImage(await made, wanted, quality);
      refuseUnwritable(wanted, width, height);
      try {
        return await encodeWith(pipeline.clone(), wanted, quality).toBuffer();
      } catch (cause) {
        throw brokenImage(format, cause);
      }
    },
    release() {
      if (finished !== undefined) releasePixels(finished);
    },
  };
}
