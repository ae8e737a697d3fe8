// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


/**
 * Axis-aligned box: pixels of the image it was found in; x, y is the top left corner.
 */
export interface BoundingBox {
  'x'?: (number | string);
  'y'?: (number | string);
  'width'?: (number | string);
  'height'?: (number | string);
}

/**
 * Axis-aligned box: pixels of the image it was found in; x, y is the top left corner.
 */
export interface BoundingBox__Output {
  'x': (number);
  'y': (number);
  'width': (number);
  'height': (number);
}
