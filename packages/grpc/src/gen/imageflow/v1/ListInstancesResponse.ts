// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { InstanceAddress as _imageflow_v1_InstanceAddress, InstanceAddress__Output as _imageflow_v1_InstanceAddress__Output } from '../../imageflow/v1/InstanceAddress.ts';

export interface ListInstancesResponse {
  'instances'?: (_imageflow_v1_InstanceAddress)[];
}

export interface ListInstancesResponse__Output {
  'instances': (_imageflow_v1_InstanceAddress__Output)[];
}
