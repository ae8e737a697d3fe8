// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { ProcessingResult as _imageflow_v1_ProcessingResult, ProcessingResult__Output as _imageflow_v1_ProcessingResult__Output } from '../../imageflow/v1/ProcessingResult.ts';
import type { Detection as _imageflow_v1_Detection, Detection__Output as _imageflow_v1_Detection__Output } from '../../imageflow/v1/Detection.ts';
import type { ModelInfo as _imageflow_v1_ModelInfo, ModelInfo__Output as _imageflow_v1_ModelInfo__Output } from '../../imageflow/v1/ModelInfo.ts';
import type { Classification as _imageflow_v1_Classification, Classification__Output as _imageflow_v1_Classification__Output } from '../../imageflow/v1/Classification.ts';

export interface DetectionResponse {
  'result'?: (_imageflow_v1_ProcessingResult | null);
  'detections'?: (_imageflow_v1_Detection)[];
  'model'?: (_imageflow_v1_ModelInfo | null);
  /**
   * Ranked classes of a classification model.
   */
  'classifications'?: (_imageflow_v1_Classification)[];
}

export interface DetectionResponse__Output {
  'result': (_imageflow_v1_ProcessingResult__Output | null);
  'detections': (_imageflow_v1_Detection__Output)[];
  'model': (_imageflow_v1_ModelInfo__Output | null);
  /**
   * Ranked classes of a classification model.
   */
  'classifications': (_imageflow_v1_Classification__Output)[];
}
