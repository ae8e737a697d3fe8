// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck


/**
 * Identity of the model that judged.
 */
export interface ModelInfo {
  /**
   * The name it is called by, e.g. "defect-yolo-320".
   */
  'name'?: (string);
  /**
   * SHA-256 of the model file, lower-case hex.
   */
  'sha256'?: (string);
  /**
   * SPDX id or a sentence; "unknown" when the file does not say.
   */
  'license'?: (string);
  /**
   * Adapter type: "yolo11" (detection) or "resnet50" (classification).
   */
  'adapter'?: (string);
  'description'?: (string);
}

/**
 * Identity of the model that judged.
 */
export interface ModelInfo__Output {
  /**
   * The name it is called by, e.g. "defect-yolo-320".
   */
  'name': (string);
  /**
   * SHA-256 of the model file, lower-case hex.
   */
  'sha256': (string);
  /**
   * SPDX id or a sentence; "unknown" when the file does not say.
   */
  'license': (string);
  /**
   * Adapter type: "yolo11" (detection) or "resnet50" (classification).
   */
  'adapter': (string);
  'description': (string);
}
