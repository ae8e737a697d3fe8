// Generated from packages/api/proto; do not edit.


export interface HealthCheckRequest {
}

export interface HealthCheckRequest__Output {
}
