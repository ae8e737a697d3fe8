// Generated from packages/api/proto; do not edit.
// @ts-nocheck


export interface ListModelsRequest {
}

export interface ListModelsRequest__Output {
}
