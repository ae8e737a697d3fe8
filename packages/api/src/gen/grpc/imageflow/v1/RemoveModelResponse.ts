// Generated from packages/api/proto; do not edit.


export interface RemoveModelResponse {
}

export interface RemoveModelResponse__Output {
}
