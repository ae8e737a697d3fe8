// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface AdmitClientRequest {
  /**
   * The client's own `authorization`, as it came.
   */
  'authorization'?: (string);
}

export interface AdmitClientRequest__Output {
  /**
   * The client's own `authorization`, as it came.
   */
  'authorization': (string);
}
