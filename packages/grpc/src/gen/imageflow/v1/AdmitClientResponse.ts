// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface AdmitClientResponse {
  'user_id'?: (string);
  'username'?: (string);
  'role'?: (string);
}

export interface AdmitClientResponse__Output {
  'user_id': (string);
  'username': (string);
  'role': (string);
}
