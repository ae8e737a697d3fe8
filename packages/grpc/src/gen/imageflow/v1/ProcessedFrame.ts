// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { Detection as _imageflow_v1_Detection, Detection__Output as _imageflow_v1_Detection__Output } from '../../imageflow/v1/Detection.ts';
import type { FrameError as _imageflow_v1_FrameError, FrameError__Output as _imageflow_v1_FrameError__Output } from '../../imageflow/v1/FrameError.ts';
import type { CountedArea as _imageflow_v1_CountedArea, CountedArea__Output as _imageflow_v1_CountedArea__Output } from '../../imageflow/v1/CountedArea.ts';
import type { Long } from '@grpc/proto-loader';

export interface ProcessedFrame {
  /**
   * The encoded image that leaves the pipeline; empty when no step makes one, with "output" = "none", and with an error.
   */
  'processed_data'?: (Buffer | Uint8Array | string);
  /**
   * `bbox_original` is in pixels of the frame as it was sent (upright).
   */
  'detections'?: (_imageflow_v1_Detection)[];
  /**
   * From the arrival of the frame to this answer.
   */
  'processing_time_ms'?: (number | string | Long);
  /**
   * Of this frame: "queue_ms", "infer_ms" (all steps), "total_ms", "step.<step_id>_ms"; of the stream so far: "received", "answered",
   * "failed", "dropped"; and "source_id", "pipeline_id", "pipeline_version".
   */
  'processing_stats'?: ({[key: string]: string});
  /**
   * Echo of the frame's number and time.
   */
  'frame_id'?: (number | string | Long);
  'timestamp_ms'?: (number | string | Long);
  /**
   * Of `processed_data`, e.g. "image/jpeg".
   */
  'content_type'?: (string);
  /**
   * Why this frame has no result; absent when it has one.
   */
  'error'?: (_imageflow_v1_FrameError | null);
  'measures'?: ({[key: string]: number | string});
  /**
   * What the steps say besides, by step_id, as a JSON object; empty = nothing.
   */
  'attributes_json'?: (string);
  /**
   * Size of the upright frame, pixels; 0 when it could not be read.
   */
  'frame_width'?: (number);
  'frame_height'?: (number);
  /**
   * The counts of lines and zones, when the pipeline has such steps.
   */
  'areas'?: (_imageflow_v1_CountedArea)[];
}

export interface ProcessedFrame__Output {
  /**
   * The encoded image that leaves the pipeline; empty when no step makes one, with "output" = "none", and with an error.
   */
  'processed_data': (Buffer);
  /**
   * `bbox_original` is in pixels of the frame as it was sent (upright).
   */
  'detections': (_imageflow_v1_Detection__Output)[];
  /**
   * From the arrival of the frame to this answer.
   */
  'processing_time_ms': (number);
  /**
   * Of this frame: "queue_ms", "infer_ms" (all steps), "total_ms", "step.<step_id>_ms"; of the stream so far: "received", "answered",
   * "failed", "dropped"; and "source_id", "pipeline_id", "pipeline_version".
   */
  'processing_stats': ({[key: string]: string});
  /**
   * Echo of the frame's number and time.
   */
  'frame_id': (number);
  'timestamp_ms': (number);
  /**
   * Of `processed_data`, e.g. "image/jpeg".
   */
  'content_type': (string);
  /**
   * Why this frame has no result; absent when it has one.
   */
  'error': (_imageflow_v1_FrameError__Output | null);
  'measures': ({[key: string]: number});
  /**
   * What the steps say besides, by step_id, as a JSON object; empty = nothing.
   */
  'attributes_json': (string);
  /**
   * Size of the upright frame, pixels; 0 when it could not be read.
   */
  'frame_width': (number);
  'frame_height': (number);
  /**
   * The counts of lines and zones, when the pipeline has such steps.
   */
  'areas': (_imageflow_v1_CountedArea__Output)[];
}
