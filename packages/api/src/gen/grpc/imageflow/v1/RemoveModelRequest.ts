// Generated from packages/api/proto; do not edit.


export interface RemoveModelRequest {
  'name'?: (string);
}

export interface RemoveModelRequest__Output {
  'name': (string);
}
