// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { ProcessedFrame as _imageflow_v1_ProcessedFrame, ProcessedFrame__Output as _imageflow_v1_ProcessedFrame__Output } from '../../imageflow/v1/ProcessedFrame.ts';
import type { Long } from '@grpc/proto-loader';

export interface WatchedResult {
  'answer'?: (_imageflow_v1_ProcessedFrame | null);
  /**
   * Of the source; empty when the answer has an image.
   */
  'frame_data'?: (Buffer | Uint8Array | string);
  'frame_id'?: (number | string | Long);
  'timestamp_ms'?: (number | string | Long);
  'pipeline_id'?: (string);
  'source_id'?: (string);
  /**
   * Before the frame went to the service, and until its answer came, ms.
   */
  'wait_ms'?: (number | string);
  'total_ms'?: (number | string);
}

export interface WatchedResult__Output {
  'answer': (_imageflow_v1_ProcessedFrame__Output | null);
  /**
   * Of the source; empty when the answer has an image.
   */
  'frame_data': (Buffer);
  'frame_id': (number);
  'timestamp_ms': (number);
  'pipeline_id': (string);
  'source_id': (string);
  /**
   * Before the frame went to the service, and until its answer came, ms.
   */
  'wait_ms': (number);
  'total_ms': (number);
}
