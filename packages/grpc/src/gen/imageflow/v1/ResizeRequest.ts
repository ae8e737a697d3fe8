// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { ImageData as _imageflow_v1_ImageData, ImageData__Output as _imageflow_v1_ImageData__Output } from '../../imageflow/v1/ImageData.ts';
import type { ImageBytes as _imageflow_v1_ImageBytes, ImageBytes__Output as _imageflow_v1_ImageBytes__Output } from '../../imageflow/v1/ImageBytes.ts';

export interface ResizeRequest {
  'input_image'?: (_imageflow_v1_ImageData | null);
  /**
   * Pixels, 1 to 16384; 0 = follow the other side (or keep the size when both are 0).
   */
  'target_width'?: (number);
  'target_height'?: (number);
  /**
   * "fit" (whole image inside the target, default), "fill" (target covered, centre kept), "stretch".
   */
  'resize_mode'?: (string);
  /**
   * With "stretch": true turns it into "fit".
   */
  'maintain_aspect_ratio'?: (boolean);
  /**
   * Inline input instead of input_image; the answer is then inline too.
   */
  'input_bytes'?: (_imageflow_v1_ImageBytes | null);
  /**
   * "jpeg", "png", "webp", "avif", "tiff"; empty = as the input (JPEG when that cannot be written).
   */
  'output_format'?: (string);
  /**
   * 1 to 100; 0 = 90. Without effect on png and tiff.
   */
  'output_quality'?: (number);
}

export interface ResizeRequest__Output {
  'input_image': (_imageflow_v1_ImageData__Output | null);
  /**
   * Pixels, 1 to 16384; 0 = follow the other side (or keep the size when both are 0).
   */
  'target_width': (number);
  'target_height': (number);
  /**
   * "fit" (whole image inside the target, default), "fill" (target covered, centre kept), "stretch".
   */
  'resize_mode': (string);
  /**
   * With "stretch": true turns it into "fit".
   */
  'maintain_aspect_ratio': (boolean);
  /**
   * Inline input instead of input_image; the answer is then inline too.
   */
  'input_bytes': (_imageflow_v1_ImageBytes__Output | null);
  /**
   * "jpeg", "png", "webp", "avif", "tiff"; empty = as the input (JPEG when that cannot be written).
   */
  'output_format': (string);
  /**
   * 1 to 100; 0 = 90. Without effect on png and tiff.
   */
  'output_quality': (number);
}
