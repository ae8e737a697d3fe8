// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck
import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { DeregisterRequest as _imageflow_v1_DeregisterRequest, DeregisterRequest__Output as _imageflow_v1_DeregisterRequest__Output } from './imageflow/v1/DeregisterRequest.ts';
import type { DeregisterResponse as _imageflow_v1_DeregisterResponse, DeregisterResponse__Output as _imageflow_v1_DeregisterResponse__Output } from './imageflow/v1/DeregisterResponse.ts';
import type { RegisterRequest as _imageflow_v1_RegisterRequest, RegisterRequest__Output as _imageflow_v1_RegisterRequest__Output } from './imageflow/v1/RegisterRequest.ts';
import type { RegisterResponse as _imageflow_v1_RegisterResponse, RegisterResponse__Output as _imageflow_v1_RegisterResponse__Output } from './imageflow/v1/RegisterResponse.ts';
import type { RegistryServiceClient as _imageflow_v1_RegistryServiceClient, RegistryServiceDefinition as _imageflow_v1_RegistryServiceDefinition } from './imageflow/v1/RegistryService.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  imageflow: {
    v1: {
      DeregisterRequest: MessageTypeDefinition<_imageflow_v1_DeregisterRequest, _imageflow_v1_DeregisterRequest__Output>
      DeregisterResponse: MessageTypeDefinition<_imageflow_v1_DeregisterResponse, _imageflow_v1_DeregisterResponse__Output>
      RegisterRequest: MessageTypeDefinition<_imageflow_v1_RegisterRequest, _imageflow_v1_RegisterRequest__Output>
      RegisterResponse: MessageTypeDefinition<_imageflow_v1_RegisterResponse, _imageflow_v1_RegisterResponse__Output>
      /**
       * Served by the backend: service instances announce themselves here.
       */
      RegistryService: SubtypeConstructor<typeof grpc.Client, _imageflow_v1_RegistryServiceClient> & { service: _imageflow_v1_RegistryServiceDefinition }
    }
  }
}

