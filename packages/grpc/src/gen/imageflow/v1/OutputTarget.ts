// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


/**
 * Where and how to store an output.
 */
export interface OutputTarget {
  'bucket'?: (string);
  'object_key'?: (string);
  /**
   * "jpeg", "png", "webp", "avif", "tiff"; empty = as the original (JPEG when that cannot be written).
   */
  'format'?: (string);
  /**
   * 1 to 100; 0 = 90.
   */
  'quality'?: (number);
}

/**
 * Where and how to store an output.
 */
export interface OutputTarget__Output {
  'bucket': (string);
  'object_key': (string);
  /**
   * "jpeg", "png", "webp", "avif", "tiff"; empty = as the original (JPEG when that cannot be written).
   */
  'format': (string);
  /**
   * 1 to 100; 0 = 90.
   */
  'quality': (number);
}
