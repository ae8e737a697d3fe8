// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface RegisterRequest {
  'instance_id'?: (string);
  /**
   * host:port of the instance's gRPC server, as the backend reaches it.
   */
  'address'?: (string);
  /**
   * Calls it takes at once; 0 = 100.
   */
  'max_connections'?: (number);
}

export interface RegisterRequest__Output {
  'instance_id': (string);
  /**
   * host:port of the instance's gRPC server, as the backend reaches it.
   */
  'address': (string);
  /**
   * Calls it takes at once; 0 = 100.
   */
  'max_connections': (number);
}
