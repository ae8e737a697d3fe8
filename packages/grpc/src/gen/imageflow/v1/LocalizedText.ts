// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


export interface LocalizedText {
  'ja'?: (string);
  'en'?: (string);
}

export interface LocalizedText__Output {
  'ja': (string);
  'en': (string);
}
