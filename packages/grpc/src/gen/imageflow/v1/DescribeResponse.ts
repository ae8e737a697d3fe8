// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { ComponentDescription as _imageflow_v1_ComponentDescription, ComponentDescription__Output as _imageflow_v1_ComponentDescription__Output } from '../../imageflow/v1/ComponentDescription.ts';

export interface DescribeResponse {
  /**
   * Name used as a step's `service`, e.g. "ResizeService".
   */
  'service_name'?: (string);
  'version'?: (string);
  'components'?: (_imageflow_v1_ComponentDescription)[];
}

export interface DescribeResponse__Output {
  /**
   * Name used as a step's `service`, e.g. "ResizeService".
   */
  'service_name': (string);
  'version': (string);
  'components': (_imageflow_v1_ComponentDescription__Output)[];
}
