// Generated from packages/grpc/proto; do not edit.
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
  /**
   * True: the service does not reach the object store; images come and go inside the messages, up to 60 MiB each. Process then gets
   * `input_bytes` ("RAW" between steps), answers the lossless image in `handover_bytes` when `inline_handover` is set, and the encoded
   * one in `result.output_data` when `output` is present (its object_key is empty).
   */
  'inline_images'?: (boolean);
  /**
   * True: needs the frames before, so it works on live video only. Such components run inside CameraStreamService.
   */
  'needs_stream'?: (boolean);
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
  /**
   * True: the service does not reach the object store; images come and go inside the messages, up to 60 MiB each. Process then gets
   * `input_bytes` ("RAW" between steps), answers the lossless image in `handover_bytes` when `inline_handover` is set, and the encoded
   * one in `result.output_data` when `output` is present (its object_key is empty).
   */
  'inline_images': (boolean);
  /**
   * True: needs the frames before, so it works on live video only. Such components run inside CameraStreamService.
   */
  'needs_stream': (boolean);
}
