// Generated from packages/api/proto; do not edit.


export interface ListModelsRequest {
}

export interface ListModelsRequest__Output {
}
