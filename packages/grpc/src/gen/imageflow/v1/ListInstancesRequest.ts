// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface ListInstancesRequest {
}

export interface ListInstancesRequest__Output {
}
