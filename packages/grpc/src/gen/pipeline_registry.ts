// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck
import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { AdmitClientRequest as _imageflow_v1_AdmitClientRequest, AdmitClientRequest__Output as _imageflow_v1_AdmitClientRequest__Output } from './imageflow/v1/AdmitClientRequest.ts';
import type { AdmitClientResponse as _imageflow_v1_AdmitClientResponse, AdmitClientResponse__Output as _imageflow_v1_AdmitClientResponse__Output } from './imageflow/v1/AdmitClientResponse.ts';
import type { GetPipelineRequest as _imageflow_v1_GetPipelineRequest, GetPipelineRequest__Output as _imageflow_v1_GetPipelineRequest__Output } from './imageflow/v1/GetPipelineRequest.ts';
import type { GetPipelineResponse as _imageflow_v1_GetPipelineResponse, GetPipelineResponse__Output as _imageflow_v1_GetPipelineResponse__Output } from './imageflow/v1/GetPipelineResponse.ts';
import type { InstanceAddress as _imageflow_v1_InstanceAddress, InstanceAddress__Output as _imageflow_v1_InstanceAddress__Output } from './imageflow/v1/InstanceAddress.ts';
import type { ListInstancesRequest as _imageflow_v1_ListInstancesRequest, ListInstancesRequest__Output as _imageflow_v1_ListInstancesRequest__Output } from './imageflow/v1/ListInstancesRequest.ts';
import type { ListInstancesResponse as _imageflow_v1_ListInstancesResponse, ListInstancesResponse__Output as _imageflow_v1_ListInstancesResponse__Output } from './imageflow/v1/ListInstancesResponse.ts';
import type { PipelineRegistryServiceClient as _imageflow_v1_PipelineRegistryServiceClient, PipelineRegistryServiceDefinition as _imageflow_v1_PipelineRegistryServiceDefinition } from './imageflow/v1/PipelineRegistryService.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  imageflow: {
    v1: {
      AdmitClientRequest: MessageTypeDefinition<_imageflow_v1_AdmitClientRequest, _imageflow_v1_AdmitClientRequest__Output>
      AdmitClientResponse: MessageTypeDefinition<_imageflow_v1_AdmitClientResponse, _imageflow_v1_AdmitClientResponse__Output>
      GetPipelineRequest: MessageTypeDefinition<_imageflow_v1_GetPipelineRequest, _imageflow_v1_GetPipelineRequest__Output>
      GetPipelineResponse: MessageTypeDefinition<_imageflow_v1_GetPipelineResponse, _imageflow_v1_GetPipelineResponse__Output>
      InstanceAddress: MessageTypeDefinition<_imageflow_v1_InstanceAddress, _imageflow_v1_InstanceAddress__Output>
      ListInstancesRequest: MessageTypeDefinition<_imageflow_v1_ListInstancesRequest, _imageflow_v1_ListInstancesRequest__Output>
      ListInstancesResponse: MessageTypeDefinition<_imageflow_v1_ListInstancesResponse, _imageflow_v1_ListInstancesResponse__Output>
      /**
       * Served by the backend to the platform's own services, which call with `authorization: Bearer <service key>`.
       */
      PipelineRegistryService: SubtypeConstructor<typeof grpc.Client, _imageflow_v1_PipelineRegistryServiceClient> & { service: _imageflow_v1_PipelineRegistryServiceDefinition }
    }
  }
}

