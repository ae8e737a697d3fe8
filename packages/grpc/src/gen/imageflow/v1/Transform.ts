// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


/**
 * Affine map from pixels of the upright original to pixels of this image:
 * x' = a*x + b*y + tx,  y' = c*x + d*y + ty.
 */
export interface Transform {
  'a'?: (number | string);
  'b'?: (number | string);
  'tx'?: (number | string);
  'c'?: (number | string);
  'd'?: (number | string);
  'ty'?: (number | string);
  /**
   * Size of the upright original, pixels.
   */
  'original_width'?: (number);
  'original_height'?: (number);
}

/**
 * Affine map from pixels of the upright original to pixels of this image:
 * x' = a*x + b*y + tx,  y' = c*x + d*y + ty.
 */
export interface Transform__Output {
  'a': (number);
  'b': (number);
  'tx': (number);
  'c': (number);
  'd': (number);
  'ty': (number);
  /**
   * Size of the upright original, pixels.
   */
  'original_width': (number);
  'original_height': (number);
}
