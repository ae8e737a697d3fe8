// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { ModelDescription as _imageflow_v1_ModelDescription, ModelDescription__Output as _imageflow_v1_ModelDescription__Output } from '../../imageflow/v1/ModelDescription.ts';

export interface AddModelResponse {
  'model'?: (_imageflow_v1_ModelDescription | null);
}

export interface AddModelResponse__Output {
  'model': (_imageflow_v1_ModelDescription__Output | null);
}
