// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { ImageData as _imageflow_v1_ImageData, ImageData__Output as _imageflow_v1_ImageData__Output } from '../../imageflow/v1/ImageData.ts';
import type { ImageBytes as _imageflow_v1_ImageBytes, ImageBytes__Output as _imageflow_v1_ImageBytes__Output } from '../../imageflow/v1/ImageBytes.ts';
import type { Detection as _imageflow_v1_Detection, Detection__Output as _imageflow_v1_Detection__Output } from '../../imageflow/v1/Detection.ts';

export interface FilterRequest {
  'input_image'?: (_imageflow_v1_ImageData | null);
  /**
   * "none", "blur", "sharpen", "edge", "grayscale", "median", "threshold", "brightness_contrast", "gamma", "clahe", "crop", "rotate", "annotate".
   */
  'filter_type'?: (string);
  /**
   * The filter's own parameters, each as text, e.g. {"sigma": "2"}.
   */
  'parameters'?: ({[key: string]: string});
  /**
   * Inline input instead of input_image.
   */
  'input_bytes'?: (_imageflow_v1_ImageBytes | null);
  /**
   * As in ResizeRequest.
   */
  'output_format'?: (string);
  'output_quality'?: (number);
  /**
   * Drawn by "annotate".
   */
  'detections'?: (_imageflow_v1_Detection)[];
}

export interface FilterRequest__Output {
  'input_image': (_imageflow_v1_ImageData__Output | null);
  /**
   * "none", "blur", "sharpen", "edge", "grayscale", "median", "threshold", "brightness_contrast", "gamma", "clahe", "crop", "rotate", "annotate".
   */
  'filter_type': (string);
  /**
   * The filter's own parameters, each as text, e.g. {"sigma": "2"}.
   */
  'parameters': ({[key: string]: string});
  /**
   * Inline input instead of input_image.
   */
  'input_bytes': (_imageflow_v1_ImageBytes__Output | null);
  /**
   * As in ResizeRequest.
   */
  'output_format': (string);
  'output_quality': (number);
  /**
   * Drawn by "annotate".
   */
  'detections': (_imageflow_v1_Detection__Output)[];
}
