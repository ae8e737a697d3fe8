// Generated from packages/api/proto; do not edit.


export interface DeregisterResponse {
}

export interface DeregisterResponse__Output {
}
