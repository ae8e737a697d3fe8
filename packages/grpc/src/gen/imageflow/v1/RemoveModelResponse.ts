// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface RemoveModelResponse {
}

export interface RemoveModelResponse__Output {
}
