// Generated from packages/api/proto; do not edit.
// @ts-nocheck

import type { LocalizedText as _imageflow_v1_LocalizedText, LocalizedText__Output as _imageflow_v1_LocalizedText__Output } from '../../imageflow/v1/LocalizedText.ts';

export interface ComponentDescription {
  /**
   * Used as a step's `method`, e.g. "Resize".
   */
  'method'?: (string);
  'label'?: (_imageflow_v1_LocalizedText | null);
  'description'?: (_imageflow_v1_LocalizedText | null);
  /**
   * JSON Schema (2020-12) of the parameters object, as JSON text; each property has a title and may have `x-label-ja`.
   */
  'parameters_schema_json'?: (string);
  /**
   * False: the image passes through unchanged (detection, measures).
   */
  'produces_image'?: (boolean);
  'produces_detections'?: (boolean);
  /**
   * True: uses detections of earlier steps.
   */
  'consumes_detections'?: (boolean);
  /**
   * True: fast and stateless enough for live video.
   */
  'streamable'?: (boolean);
  /**
   * "geometry", "detection", "filter", "quality", "other"; the palette groups by it.
   */
  'category'?: (string);
}

export interface ComponentDescription__Output {
  /**
   * Used as a step's `method`, e.g. "Resize".
   */
  'method': (string);
  'label': (_imageflow_v1_LocalizedText__Output | null);
  'description': (_imageflow_v1_LocalizedText__Output | null);
  /**
   * JSON Schema (2020-12) of the parameters object, as JSON text; each property has a title and may have `x-label-ja`.
   */
  'parameters_schema_json': (string);
  /**
   * False: the image passes through unchanged (detection, measures).
   */
  'produces_image': (boolean);
  'produces_detections': (boolean);
  /**
   * True: uses detections of earlier steps.
   */
  'consumes_detections': (boolean);
  /**
   * True: fast and stateless enough for live video.
   */
  'streamable': (boolean);
  /**
   * "geometry", "detection", "filter", "quality", "other"; the palette groups by it.
   */
  'category': (string);
}
