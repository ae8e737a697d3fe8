// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface DescribeRequest {
}

export interface DescribeRequest__Output {
}
