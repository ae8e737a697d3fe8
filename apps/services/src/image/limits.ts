/** What an image may cost, checked before it is decoded. */
export interface ImageLimits {
  /** Width × height, pixels. */
  readonly maxPixels: number;
  /** Size of an encoded file, bytes. */
  readonly maxFileBytes: number;
}

export const defaultImageLimits: ImageLimits = { maxPixels: 100_000_000, maxFileBytes: 50 * 1024 * 1024 };
