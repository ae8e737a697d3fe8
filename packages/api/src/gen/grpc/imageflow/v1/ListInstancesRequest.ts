// Generated from packages/api/proto; do not edit.
// @ts-nocheck


export interface ListInstancesRequest {
}

export interface ListInstancesRequest__Output {
}
