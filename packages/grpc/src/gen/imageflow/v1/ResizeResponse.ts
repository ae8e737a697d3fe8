// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { ProcessingResult as _imageflow_v1_ProcessingResult, ProcessingResult__Output as _imageflow_v1_ProcessingResult__Output } from '../../imageflow/v1/ProcessingResult.ts';
import type { Transform as _imageflow_v1_Transform, Transform__Output as _imageflow_v1_Transform__Output } from '../../imageflow/v1/Transform.ts';

export interface ResizeResponse {
  'result'?: (_imageflow_v1_ProcessingResult | null);
  /**
   * From the upright original to the output.
   */
  'transform'?: (_imageflow_v1_Transform | null);
}

export interface ResizeResponse__Output {
  'result': (_imageflow_v1_ProcessingResult__Output | null);
  /**
   * From the upright original to the output.
   */
  'transform': (_imageflow_v1_Transform__Output | null);
}
