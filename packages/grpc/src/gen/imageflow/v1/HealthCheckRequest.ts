// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface HealthCheckRequest {
}

export interface HealthCheckRequest__Output {
}
