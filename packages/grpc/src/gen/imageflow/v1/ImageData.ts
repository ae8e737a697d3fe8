// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * An image kept in the object store.
 */
export interface ImageData {
  /**
   * Bucket name; with the embedded folder store, the folder below its root.
   */
  'bucket'?: (string);
  /**
   * Key within the bucket; '/'-separated, never absolute, never with '..'.
   */
  'object_key'?: (string);
  /**
   * IANA media type, e.g. "image/jpeg". Raw pixels between steps are "image/x-portable-pixmap" (binary PPM, RGB, 8 bit).
   */
  'content_type'?: (string);
  'size_bytes'?: (number | string | Long);
  /**
   * Pixels, after EXIF orientation is applied. 0 when not known yet.
   */
  'width'?: (number);
  'height'?: (number);
  'created_at'?: (_google_protobuf_Timestamp | null);
}

/**
 * An image kept in the object store.
 */
export interface ImageData__Output {
  /**
   * Bucket name; with the embedded folder store, the folder below its root.
   */
  'bucket': (string);
  /**
   * Key within the bucket; '/'-separated, never absolute, never with '..'.
   */
  'object_key': (string);
  /**
   * IANA media type, e.g. "image/jpeg". Raw pixels between steps are "image/x-portable-pixmap" (binary PPM, RGB, 8 bit).
   */
  'content_type': (string);
  'size_bytes': (number);
  /**
   * Pixels, after EXIF orientation is applied. 0 when not known yet.
   */
  'width': (number);
  'height': (number);
  'created_at': (_google_protobuf_Timestamp__Output | null);
}
