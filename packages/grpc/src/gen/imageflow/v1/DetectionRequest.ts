// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { ImageData as _imageflow_v1_ImageData, ImageData__Output as _imageflow_v1_ImageData__Output } from '../../imageflow/v1/ImageData.ts';
import type { ImageBytes as _imageflow_v1_ImageBytes, ImageBytes__Output as _imageflow_v1_ImageBytes__Output } from '../../imageflow/v1/ImageBytes.ts';

export interface DetectionRequest {
  'input_image'?: (_imageflow_v1_ImageData | null);
  /**
   * A model's name, or an adapter type ("yolo11", "resnet50"): then the user's model of that type, else the shipped one. Empty = default.
   */
  'model_name'?: (string);
  /**
   * 0 to 1; 0 = the model's default.
   */
  'confidence_threshold'?: (number | string);
  /**
   * Class names to keep; empty = all.
   */
  'target_classes'?: (string)[];
  /**
   * Inline input instead of input_image.
   */
  'input_bytes'?: (_imageflow_v1_ImageBytes | null);
  /**
   * 0 to 1; 0 = the model's default.
   */
  'iou_threshold'?: (number | string);
  /**
   * 0 = the model's default (300).
   */
  'max_detections'?: (number);
}

export interface DetectionRequest__Output {
  'input_image': (_imageflow_v1_ImageData__Output | null);
  /**
   * A model's name, or an adapter type ("yolo11", "resnet50"): then the user's model of that type, else the shipped one. Empty = default.
   */
  'model_name': (string);
  /**
   * 0 to 1; 0 = the model's default.
   */
  'confidence_threshold': (number);
  /**
   * Class names to keep; empty = all.
   */
  'target_classes': (string)[];
  /**
   * Inline input instead of input_image.
   */
  'input_bytes': (_imageflow_v1_ImageBytes__Output | null);
  /**
   * 0 to 1; 0 = the model's default.
   */
  'iou_threshold': (number);
  /**
   * 0 = the model's default (300).
   */
  'max_detections': (number);
}
