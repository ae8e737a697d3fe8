// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface DeregisterRequest {
  'instance_id'?: (string);
}

export interface DeregisterRequest__Output {
  'instance_id': (string);
}
