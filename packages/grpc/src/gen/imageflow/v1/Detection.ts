// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { BoundingBox as _imageflow_v1_BoundingBox, BoundingBox__Output as _imageflow_v1_BoundingBox__Output } from '../../imageflow/v1/BoundingBox.ts';

export interface Detection {
  'class_name'?: (string);
  /**
   * 0 to 1.
   */
  'confidence'?: (number | string);
  /**
   * Pixels of the image the model was given.
   */
  'bbox'?: (_imageflow_v1_BoundingBox | null);
  /**
   * Pixels of the upright original image; set when the call carried its transform (identity otherwise).
   */
  'bbox_original'?: (_imageflow_v1_BoundingBox | null);
  /**
   * Index of the class in the model.
   */
  'class_id'?: (number);
  /**
   * The same object has the same number in all frames of a stream, from 1; 0 = not tracked.
   */
  'track_id'?: (number);
}

export interface Detection__Output {
  'class_name': (string);
  /**
   * 0 to 1.
   */
  'confidence': (number);
  /**
   * Pixels of the image the model was given.
   */
  'bbox': (_imageflow_v1_BoundingBox__Output | null);
  /**
   * Pixels of the upright original image; set when the call carried its transform (identity otherwise).
   */
  'bbox_original': (_imageflow_v1_BoundingBox__Output | null);
  /**
   * Index of the class in the model.
   */
  'class_id': (number);
  /**
   * The same object has the same number in all frames of a stream, from 1; 0 = not tracked.
   */
  'track_id': (number);
}
