// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


/**
 * First, whenever it changes, and each second.
 */
export interface WatchedStatus {
  /**
   * The backend's own form.
   */
  'status_json'?: (string);
  'pipeline_id'?: (string);
}

/**
 * First, whenever it changes, and each second.
 */
export interface WatchedStatus__Output {
  /**
   * The backend's own form.
   */
  'status_json': (string);
  'pipeline_id': (string);
}
