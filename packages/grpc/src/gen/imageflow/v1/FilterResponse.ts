// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { ProcessingResult as _imageflow_v1_ProcessingResult, ProcessingResult__Output as _imageflow_v1_ProcessingResult__Output } from '../../imageflow/v1/ProcessingResult.ts';
import type { Transform as _imageflow_v1_Transform, Transform__Output as _imageflow_v1_Transform__Output } from '../../imageflow/v1/Transform.ts';

export interface FilterResponse {
  'result'?: (_imageflow_v1_ProcessingResult | null);
  /**
   * sharpness (variance of the Laplacian), exposure_mean (0 to 255), clipped_dark, clipped_bright (0 to 1), noise_sigma (grey levels).
   */
  'measures'?: ({[key: string]: number | string});
  'transform'?: (_imageflow_v1_Transform | null);
}

export interface FilterResponse__Output {
  'result': (_imageflow_v1_ProcessingResult__Output | null);
  /**
   * sharpness (variance of the Laplacian), exposure_mean (0 to 255), clipped_dark, clipped_bright (0 to 1), noise_sigma (grey levels).
   */
  'measures': ({[key: string]: number});
  'transform': (_imageflow_v1_Transform__Output | null);
}
