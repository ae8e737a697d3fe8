// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { ImageData as _imageflow_v1_ImageData, ImageData__Output as _imageflow_v1_ImageData__Output } from '../../imageflow/v1/ImageData.ts';
import type { ImageBytes as _imageflow_v1_ImageBytes, ImageBytes__Output as _imageflow_v1_ImageBytes__Output } from '../../imageflow/v1/ImageBytes.ts';
import type { Detection as _imageflow_v1_Detection, Detection__Output as _imageflow_v1_Detection__Output } from '../../imageflow/v1/Detection.ts';
import type { Transform as _imageflow_v1_Transform, Transform__Output as _imageflow_v1_Transform__Output } from '../../imageflow/v1/Transform.ts';
import type { OutputTarget as _imageflow_v1_OutputTarget, OutputTarget__Output as _imageflow_v1_OutputTarget__Output } from '../../imageflow/v1/OutputTarget.ts';

export interface ProcessRequest {
  /**
   * "<service>.<method>", e.g. "ResizeService.Resize".
   */
  'component'?: (string);
  'input_image'?: (_imageflow_v1_ImageData | null);
  'input_bytes'?: (_imageflow_v1_ImageBytes | null);
  /**
   * JSON object, valid by the component's parameters_schema_json; empty = {}.
   */
  'parameters_json'?: (string);
  /**
   * Found by earlier steps, oldest first.
   */
  'detections'?: (_imageflow_v1_Detection)[];
  /**
   * From the upright original to the input; absent for an original.
   */
  'transform'?: (_imageflow_v1_Transform | null);
  /**
   * Lossless copy for the next steps; absent = not needed. Components that pass the image through ignore it.
   */
  'handover'?: (_imageflow_v1_OutputTarget | null);
  /**
   * Encoded output that leaves the pipeline; absent = not needed.
   */
  'output'?: (_imageflow_v1_OutputTarget | null);
  /**
   * Answer the lossless image in the message instead (fast path without a shared store).
   */
  'inline_handover'?: (boolean);
  'execution_id'?: (string);
  'step_id'?: (string);
  'attempt'?: (number);
  'input'?: "input_image"|"input_bytes";
}

export interface ProcessRequest__Output {
  /**
   * "<service>.<method>", e.g. "ResizeService.Resize".
   */
  'component': (string);
  'input_image'?: (_imageflow_v1_ImageData__Output | null);
  'input_bytes'?: (_imageflow_v1_ImageBytes__Output | null);
  /**
   * JSON object, valid by the component's parameters_schema_json; empty = {}.
   */
  'parameters_json': (string);
  /**
   * Found by earlier steps, oldest first.
   */
  'detections': (_imageflow_v1_Detection__Output)[];
  /**
   * From the upright original to the input; absent for an original.
   */
  'transform': (_imageflow_v1_Transform__Output | null);
  /**
   * Lossless copy for the next steps; absent = not needed. Components that pass the image through ignore it.
   */
  'handover': (_imageflow_v1_OutputTarget__Output | null);
  /**
   * Encoded output that leaves the pipeline; absent = not needed.
   */
  'output': (_imageflow_v1_OutputTarget__Output | null);
  /**
   * Answer the lossless image in the message instead (fast path without a shared store).
   */
  'inline_handover': (boolean);
  'execution_id': (string);
  'step_id': (string);
  'attempt': (number);
  'input'?: "input_image"|"input_bytes";
}
