// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface GetPipelineResponse {
  'id'?: (string);
  'pipeline_id'?: (string);
  /**
   * The platform's own count, from 1.
   */
  'version'?: (number);
  /**
   * As GET /api/v1/pipelines/{id} answers it; empty when `known_version` is current.
   */
  'definition_json'?: (string);
}

export interface GetPipelineResponse__Output {
  'id': (string);
  'pipeline_id': (string);
  /**
   * The platform's own count, from 1.
   */
  'version': (number);
  /**
   * As GET /api/v1/pipelines/{id} answers it; empty when `known_version` is current.
   */
  'definition_json': (string);
}
