// Generated from packages/api/proto; do not edit.
// @ts-nocheck


export interface HealthCheckRequest {
}

export interface HealthCheckRequest__Output {
}
