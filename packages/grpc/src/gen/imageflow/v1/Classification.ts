// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface Classification {
  'class_name'?: (string);
  'confidence'?: (number | string);
  'class_id'?: (number);
}

export interface Classification__Output {
  'class_name': (string);
  'confidence': (number);
  'class_id': (number);
}
