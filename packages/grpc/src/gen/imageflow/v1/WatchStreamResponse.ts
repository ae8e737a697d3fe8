// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { WatchedStatus as _imageflow_v1_WatchedStatus, WatchedStatus__Output as _imageflow_v1_WatchedStatus__Output } from '../../imageflow/v1/WatchedStatus.ts';
import type { WatchedResult as _imageflow_v1_WatchedResult, WatchedResult__Output as _imageflow_v1_WatchedResult__Output } from '../../imageflow/v1/WatchedResult.ts';

export interface WatchStreamResponse {
  'status'?: (_imageflow_v1_WatchedStatus | null);
  'result'?: (_imageflow_v1_WatchedResult | null);
  /**
   * JPEG of a frame that went through no pipeline, since that is not running.
   */
  'plain_frame'?: (Buffer | Uint8Array | string);
  'event'?: "status"|"result"|"plain_frame";
}

export interface WatchStreamResponse__Output {
  'status'?: (_imageflow_v1_WatchedStatus__Output | null);
  'result'?: (_imageflow_v1_WatchedResult__Output | null);
  /**
   * JPEG of a frame that went through no pipeline, since that is not running.
   */
  'plain_frame'?: (Buffer);
  'event'?: "status"|"result"|"plain_frame";
}
