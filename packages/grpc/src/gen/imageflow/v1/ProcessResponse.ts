// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { ProcessingResult as _imageflow_v1_ProcessingResult, ProcessingResult__Output as _imageflow_v1_ProcessingResult__Output } from '../../imageflow/v1/ProcessingResult.ts';
import type { Detection as _imageflow_v1_Detection, Detection__Output as _imageflow_v1_Detection__Output } from '../../imageflow/v1/Detection.ts';
import type { Transform as _imageflow_v1_Transform, Transform__Output as _imageflow_v1_Transform__Output } from '../../imageflow/v1/Transform.ts';
import type { ModelInfo as _imageflow_v1_ModelInfo, ModelInfo__Output as _imageflow_v1_ModelInfo__Output } from '../../imageflow/v1/ModelInfo.ts';
import type { ImageData as _imageflow_v1_ImageData, ImageData__Output as _imageflow_v1_ImageData__Output } from '../../imageflow/v1/ImageData.ts';
import type { ImageBytes as _imageflow_v1_ImageBytes, ImageBytes__Output as _imageflow_v1_ImageBytes__Output } from '../../imageflow/v1/ImageBytes.ts';

export interface ProcessResponse {
  /**
   * output_image: the encoded output, when asked for.
   */
  'result'?: (_imageflow_v1_ProcessingResult | null);
  /**
   * All detections after this step: those handed in and its own.
   */
  'detections'?: (_imageflow_v1_Detection)[];
  /**
   * From the upright original to the output image.
   */
  'transform'?: (_imageflow_v1_Transform | null);
  'measures'?: ({[key: string]: number | string});
  'model'?: (_imageflow_v1_ModelInfo | null);
  /**
   * The stored lossless image, when asked for.
   */
  'handover_image'?: (_imageflow_v1_ImageData | null);
  /**
   * The lossless image itself, when asked for inline.
   */
  'handover_bytes'?: (_imageflow_v1_ImageBytes | null);
  /**
   * Anything else worth showing, e.g. the ranked classes of a classifier.
   * As a JSON object; empty = {}.
   */
  'attributes_json'?: (string);
}

export interface ProcessResponse__Output {
  /**
   * output_image: the encoded output, when asked for.
   */
  'result': (_imageflow_v1_ProcessingResult__Output | null);
  /**
   * All detections after this step: those handed in and its own.
   */
  'detections': (_imageflow_v1_Detection__Output)[];
  /**
   * From the upright original to the output image.
   */
  'transform': (_imageflow_v1_Transform__Output | null);
  'measures': ({[key: string]: number});
  'model': (_imageflow_v1_ModelInfo__Output | null);
  /**
   * The stored lossless image, when asked for.
   */
  'handover_image': (_imageflow_v1_ImageData__Output | null);
  /**
   * The lossless image itself, when asked for inline.
   */
  'handover_bytes': (_imageflow_v1_ImageBytes__Output | null);
  /**
   * Anything else worth showing, e.g. the ranked classes of a classifier.
   * As a JSON object; empty = {}.
   */
  'attributes_json': (string);
}
