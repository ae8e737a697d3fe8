// Generated from packages/api/proto; do not edit.
// @ts-nocheck


export interface DeregisterResponse {
}

export interface DeregisterResponse__Output {
}
