// Generated from packages/api/proto; do not edit.
// @ts-nocheck


export interface RemoveModelResponse {
}

export interface RemoveModelResponse__Output {
}
