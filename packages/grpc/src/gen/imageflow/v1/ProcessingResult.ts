// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { ProcessingStatus as _imageflow_v1_ProcessingStatus, ProcessingStatus__Output as _imageflow_v1_ProcessingStatus__Output } from '../../imageflow/v1/ProcessingStatus.ts';
import type { ImageData as _imageflow_v1_ImageData, ImageData__Output as _imageflow_v1_ImageData__Output } from '../../imageflow/v1/ImageData.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';

/**
 * What every processing call answers.
 */
export interface ProcessingResult {
  'status'?: (_imageflow_v1_ProcessingStatus);
  'message'?: (string);
  /**
   * Where the encoded output was stored, when the call was by reference.
   */
  'output_image'?: (_imageflow_v1_ImageData | null);
  'metadata'?: ({[key: string]: string});
  'processed_at'?: (_google_protobuf_Timestamp | null);
  'processing_time_seconds'?: (number | string);
  /**
   * The encoded output, when the call was inline.
   */
  'output_data'?: (Buffer | Uint8Array | string);
}

/**
 * What every processing call answers.
 */
export interface ProcessingResult__Output {
  'status': (_imageflow_v1_ProcessingStatus__Output);
  'message': (string);
  /**
   * Where the encoded output was stored, when the call was by reference.
   */
  'output_image': (_imageflow_v1_ImageData__Output | null);
  'metadata': ({[key: string]: string});
  'processed_at': (_google_protobuf_Timestamp__Output | null);
  'processing_time_seconds': (number);
  /**
   * The encoded output, when the call was inline.
   */
  'output_data': (Buffer);
}
