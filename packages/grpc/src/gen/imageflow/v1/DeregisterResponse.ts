// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface DeregisterResponse {
}

export interface DeregisterResponse__Output {
}
