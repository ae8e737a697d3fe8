// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface ListModelsRequest {
}

export interface ListModelsRequest__Output {
}
