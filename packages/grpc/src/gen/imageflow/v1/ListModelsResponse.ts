// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { ModelDescription as _imageflow_v1_ModelDescription, ModelDescription__Output as _imageflow_v1_ModelDescription__Output } from '../../imageflow/v1/ModelDescription.ts';

export interface ListModelsResponse {
  'models'?: (_imageflow_v1_ModelDescription)[];
}

export interface ListModelsResponse__Output {
  'models': (_imageflow_v1_ModelDescription__Output)[];
}
