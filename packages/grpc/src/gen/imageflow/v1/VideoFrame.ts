// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { Long } from '@grpc/proto-loader';

export interface VideoFrame {
  /**
   * An encoded image (JPEG, PNG, WebP). Empty: no frame, only `metadata` that holds from here on.
   */
  'frame_data'?: (Buffer | Uint8Array | string);
  /**
   * Unix time of the capture, ms.
   */
  'timestamp_ms'?: (number | string | Long);
  /**
   * What is named holds from this frame on, what is not stays as it was:
   * "pipeline_id" (needed with the first frame), "source_id", "parameters" (a JSON object, as of an execution),
   * "output" ("image", the default, or "none": detections alone, nothing is encoded).
   */
  'metadata'?: ({[key: string]: string});
  /**
   * The client's own number, echoed; 0 = numbered here, from 1.
   */
  'frame_id'?: (number | string | Long);
}

export interface VideoFrame__Output {
  /**
   * An encoded image (JPEG, PNG, WebP). Empty: no frame, only `metadata` that holds from here on.
   */
  'frame_data': (Buffer);
  /**
   * Unix time of the capture, ms.
   */
  'timestamp_ms': (number);
  /**
   * What is named holds from this frame on, what is not stays as it was:
   * "pipeline_id" (needed with the first frame), "source_id", "parameters" (a JSON object, as of an execution),
   * "output" ("image", the default, or "none": detections alone, nothing is encoded).
   */
  'metadata': ({[key: string]: string});
  /**
   * The client's own number, echoed; 0 = numbered here, from 1.
   */
  'frame_id': (number);
}
