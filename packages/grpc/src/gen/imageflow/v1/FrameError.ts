// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { LocalizedText as _imageflow_v1_LocalizedText, LocalizedText__Output as _imageflow_v1_LocalizedText__Output } from '../../imageflow/v1/LocalizedText.ts';

export interface FrameError {
  /**
   * Of the catalogue of errors, e.g. "IMAGE_BROKEN", "STEP_TIMEOUT".
   */
  'code'?: (string);
  'message'?: (_imageflow_v1_LocalizedText | null);
  /**
   * The step that failed; empty when none did.
   */
  'step_id'?: (string);
  /**
   * Whether the next frame may well succeed.
   */
  'retryable'?: (boolean);
}

export interface FrameError__Output {
  /**
   * Of the catalogue of errors, e.g. "IMAGE_BROKEN", "STEP_TIMEOUT".
   */
  'code': (string);
  'message': (_imageflow_v1_LocalizedText__Output | null);
  /**
   * The step that failed; empty when none did.
   */
  'step_id': (string);
  /**
   * Whether the next frame may well succeed.
   */
  'retryable': (boolean);
}
