/** An image on its way into a component. */

/** 8-bit sRGB, interleaved RGB, rows top to bottom, no padding: data.length = width · height · 3. Upright. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export type ImageSource =
  /** A file of an accepted format, not decoded yet; EXIF orientation not applied yet. */
  | { readonly kind: 'encoded'; readonly input: Uint8Array | { readonly path: string } }
  | { readonly kind: 'pixels'; readonly pixels: Pixels };
