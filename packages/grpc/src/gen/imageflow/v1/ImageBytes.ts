// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


/**
 * An image carried in the message itself (real-time processing and small images).
 */
export interface ImageBytes {
  'data'?: (Buffer | Uint8Array | string);
  /**
   * "JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP", or "RAW": 8-bit sRGB, interleaved RGB, rows top to bottom, no padding.
   * When empty the format is taken from the content.
   */
  'format'?: (string);
  /**
   * Pixels. Required for RAW.
   */
  'width'?: (number);
  'height'?: (number);
}

/**
 * An image carried in the message itself (real-time processing and small images).
 */
export interface ImageBytes__Output {
  'data': (Buffer);
  /**
   * "JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP", or "RAW": 8-bit sRGB, interleaved RGB, rows top to bottom, no padding.
   * When empty the format is taken from the content.
   */
  'format': (string);
  /**
   * Pixels. Required for RAW.
   */
  'width': (number);
  'height': (number);
}
