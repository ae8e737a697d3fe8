// Generated from packages/api/proto; do not edit.
// @ts-nocheck

import type { Detection as _imageflow_v1_Detection, Detection__Output as _imageflow_v1_Detection__Output } from '../../imageflow/v1/Detection.ts';
import type { Long } from '@grpc/proto-loader';

export interface ProcessedFrame {
  'processed_data'?: (Buffer | Uint8Array | string);
  'detections'?: (_imageflow_v1_Detection)[];
  'processing_time_ms'?: (number | string | Long);
  /**
   * "queue_ms", "infer_ms", "total_ms", "dropped".
   */
  'processing_stats'?: ({[key: string]: string});
}

export interface ProcessedFrame__Output {
  'processed_data': (Buffer);
  'detections': (_imageflow_v1_Detection__Output)[];
  'processing_time_ms': (number);
  /**
   * "queue_ms", "infer_ms", "total_ms", "dropped".
   */
  'processing_stats': ({[key: string]: string});
}
