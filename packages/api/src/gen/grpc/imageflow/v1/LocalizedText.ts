// Generated from packages/api/proto; do not edit.
// @ts-nocheck


export interface LocalizedText {
  'ja'?: (string);
  'en'?: (string);
}

export interface LocalizedText__Output {
  'ja': (string);
  'en': (string);
}
