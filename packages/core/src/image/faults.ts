/** Errors of images, each naming what is wrong and what to do. */
import { AppError } from '../errors.ts';
import type { LocalizedText } from '../text.ts';

const acceptedFormats = 'JPEG, PNG, WebP, TIFF, GIF, AVIF, BMP';

export function unsupportedImage(seemsToBe: string | undefined): AppError {
  const ja = seemsToBe === undefined ? '画像ファイルではありません' : `内容は ${seemsToBe} です`;
  const en = seemsToBe === undefined ? 'The content is not an image' : `The content is ${seemsToBe}`;
  return new AppError('UNSUPPORTED_MEDIA', {
    detail: { ja: `${ja}。受け付ける形式: ${acceptedFormats}`, en: `${en}. Accepted formats: ${acceptedFormats}` },
  });
}

export function tooManyPixels(width: number, height: number, maxPixels: number): AppError {
  const [has, limit] = [megapixels(width * height), megapixels(maxPixels)];
  return new AppError('TOO_LARGE', {
    detail: {
      ja: `画像は ${width}×${height} ピクセル（${has} メガピクセル）で、上限 ${limit} メガピクセルを超えています。縮小してから送ってください`,
      en: `The image has ${width}×${height} pixels (${has} megapixels), more than the limit of ${limit} megapixels. Send it smaller`,
    },
    extensions: { width, height, max_pixels: maxPixels },
  });
}

export function tooManyBytes(sizeBytes: number, maxBytes: number): AppError {
  return new AppError('TOO_LARGE', {
    detail: {
      ja: `ファイルは ${sizeBytes} バイトで、上限 ${maxBytes} バイトを超えています`,
      en: `The file has ${sizeBytes} bytes, more than the limit of ${maxBytes} bytes`,
    },
    extensions: { size_bytes: sizeBytes, max_bytes: maxBytes },
  });
}

/** `cause` goes to the log only: a decoder's text means nothing to the sender. */
export function brokenImage(format: string, cause?: unknown): AppError {
  return new AppError('IMAGE_BROKEN', {
    detail: {
      ja: `${format.toUpperCase()} 画像が壊れているか途中で切れています。元のファイルを送り直してください`,
      en: `The ${format.toUpperCase()} image is broken or cut off. Send the original file again`,
    },
    cause,
  });
}

/** A whole file of a kind that is not read: `reason` says which, as the sender's program calls it. */
export function unreadableImage(format: string, reason: LocalizedText): AppError {
  const name = format.toUpperCase();
  return new AppError('IMAGE_BROKEN', {
    detail: {
      ja: `この ${name} 画像は読み込めません: ${reason.ja}。8 ビットの RGB かグレースケールの PNG などに変換して送ってください`,
      en: `This ${name} image is of a kind that is not read: ${reason.en}. Send it as 8-bit RGB or grey, for example as PNG`,
    },
    extensions: { reason: 'unsupported_kind' },
  });
}

function megapixels(pixels: number): string {
  return (pixels / 1e6).toFixed(1);
}
