// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { ModelInfo as _imageflow_v1_ModelInfo, ModelInfo__Output as _imageflow_v1_ModelInfo__Output } from '../../imageflow/v1/ModelInfo.ts';
import type { Long } from '@grpc/proto-loader';

export interface ModelDescription {
  'info'?: (_imageflow_v1_ModelInfo | null);
  /**
   * "detect" or "classify".
   */
  'task'?: (string);
  'class_names'?: (string)[];
  /**
   * Input size in pixels; 0 where the axis is dynamic.
   */
  'input_width'?: (number);
  'input_height'?: (number);
  /**
   * "float32" or "float16".
   */
  'input_type'?: (string);
  'end_to_end'?: (boolean);
  'default_confidence_threshold'?: (number | string);
  'default_iou_threshold'?: (number | string);
  /**
   * "shipped" or "user".
   */
  'origin'?: (string);
  'size_bytes'?: (number | string | Long);
  'loaded'?: (boolean);
  /**
   * Why it cannot be used; empty = usable.
   */
  'fault'?: (string);
}

export interface ModelDescription__Output {
  'info': (_imageflow_v1_ModelInfo__Output | null);
  /**
   * "detect" or "classify".
   */
  'task': (string);
  'class_names': (string)[];
  /**
   * Input size in pixels; 0 where the axis is dynamic.
   */
  'input_width': (number);
  'input_height': (number);
  /**
   * "float32" or "float16".
   */
  'input_type': (string);
  'end_to_end': (boolean);
  'default_confidence_threshold': (number);
  'default_iou_threshold': (number);
  /**
   * "shipped" or "user".
   */
  'origin': (string);
  'size_bytes': (number);
  'loaded': (boolean);
  /**
   * Why it cannot be used; empty = usable.
   */
  'fault': (string);
}
