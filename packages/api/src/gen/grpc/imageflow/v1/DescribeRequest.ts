// Generated from packages/api/proto; do not edit.


export interface DescribeRequest {
}

export interface DescribeRequest__Output {
}
