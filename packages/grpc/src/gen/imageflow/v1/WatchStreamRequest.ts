// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface WatchStreamRequest {
  'stream_id'?: (string);
}

export interface WatchStreamRequest__Output {
  'stream_id': (string);
}
