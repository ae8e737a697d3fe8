// Generated from packages/api/proto; do not edit.
// @ts-nocheck


export interface DescribeRequest {
}

export interface DescribeRequest__Output {
}
