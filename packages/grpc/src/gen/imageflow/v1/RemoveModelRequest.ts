// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface RemoveModelRequest {
  'name'?: (string);
}

export interface RemoveModelRequest__Output {
  'name': (string);
}
