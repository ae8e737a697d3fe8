// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface GetPipelineRequest {
  'pipeline_id'?: (string);
  /**
   * The version the caller has; the definition is left out when it is still the current one.
   */
  'known_version'?: (number);
}

export interface GetPipelineRequest__Output {
  'pipeline_id': (string);
  /**
   * The version the caller has; the definition is left out when it is still the current one.
   */
  'known_version': (number);
}
