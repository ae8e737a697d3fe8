// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { ImageData as _imageflow_v1_ImageData, ImageData__Output as _imageflow_v1_ImageData__Output } from '../../imageflow/v1/ImageData.ts';

export interface AddModelRequest {
  /**
   * Lower-case letters, digits, '.', '_' and '-', at most 64.
   */
  'name'?: (string);
  'model_file'?: (_imageflow_v1_ImageData | null);
  /**
   * One label a line or a JSON array; used when the file holds no names.
   */
  'labels'?: (string);
  /**
   * SPDX id or a sentence.
   */
  'license'?: (string);
}

export interface AddModelRequest__Output {
  /**
   * Lower-case letters, digits, '.', '_' and '-', at most 64.
   */
  'name': (string);
  'model_file': (_imageflow_v1_ImageData__Output | null);
  /**
   * One label a line or a JSON array; used when the file holds no names.
   */
  'labels': (string);
  /**
   * SPDX id or a sentence.
   */
  'license': (string);
}
