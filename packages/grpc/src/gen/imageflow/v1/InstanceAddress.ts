// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface InstanceAddress {
  'instance_id'?: (string);
  'service'?: (string);
  /**
   * host:port, as the backend reaches it.
   */
  'address'?: (string);
  'max_connections'?: (number);
}

export interface InstanceAddress__Output {
  'instance_id': (string);
  'service': (string);
  /**
   * host:port, as the backend reaches it.
   */
  'address': (string);
  'max_connections': (number);
}
