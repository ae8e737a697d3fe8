// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface RegisterResponse {
  /**
   * Repeat Register within this time; after three times this without one, the instance is taken out.
   */
  'heartbeat_seconds'?: (number);
}

export interface RegisterResponse__Output {
  /**
   * Repeat Register within this time; after three times this without one, the instance is taken out.
   */
  'heartbeat_seconds': (number);
}
