// Generated from packages/api/proto; do not edit.
// @ts-nocheck

import type { Long } from '@grpc/proto-loader';

export interface VideoFrame {
  /**
   * An encoded image (JPEG, PNG, WebP).
   */
  'frame_data'?: (Buffer | Uint8Array | string);
  /**
   * Unix time of the capture, ms.
   */
  'timestamp_ms'?: (number | string | Long);
  /**
   * "source_id", "pipeline_id"; "parameters" as JSON.
   */
  'metadata'?: ({[key: string]: string});
}

export interface VideoFrame__Output {
  /**
   * An encoded image (JPEG, PNG, WebP).
   */
  'frame_data': (Buffer);
  /**
   * Unix time of the capture, ms.
   */
  'timestamp_ms': (number);
  /**
   * "source_id", "pipeline_id"; "parameters" as JSON.
   */
  'metadata': ({[key: string]: string});
}
