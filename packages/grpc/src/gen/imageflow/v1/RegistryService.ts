// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { DeregisterRequest as _imageflow_v1_DeregisterRequest, DeregisterRequest__Output as _imageflow_v1_DeregisterRequest__Output } from '../../imageflow/v1/DeregisterRequest.ts';
import type { DeregisterResponse as _imageflow_v1_DeregisterResponse, DeregisterResponse__Output as _imageflow_v1_DeregisterResponse__Output } from '../../imageflow/v1/DeregisterResponse.ts';
import type { RegisterRequest as _imageflow_v1_RegisterRequest, RegisterRequest__Output as _imageflow_v1_RegisterRequest__Output } from '../../imageflow/v1/RegisterRequest.ts';
import type { RegisterResponse as _imageflow_v1_RegisterResponse, RegisterResponse__Output as _imageflow_v1_RegisterResponse__Output } from '../../imageflow/v1/RegisterResponse.ts';

/**
 * Served by the backend: service instances announce themselves here.
 */
export interface RegistryServiceClient extends grpc.Client {
  /**
   * Takes an instance out at once.
   */
  Deregister(argument: _imageflow_v1_DeregisterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_DeregisterResponse__Output>): grpc.ClientUnaryCall;
  Deregister(argument: _imageflow_v1_DeregisterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_DeregisterResponse__Output>): grpc.ClientUnaryCall;
  Deregister(argument: _imageflow_v1_DeregisterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_DeregisterResponse__Output>): grpc.ClientUnaryCall;
  Deregister(argument: _imageflow_v1_DeregisterRequest, callback: grpc.requestCallback<_imageflow_v1_DeregisterResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Takes an instance out at once.
   */
  deregister(argument: _imageflow_v1_DeregisterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_DeregisterResponse__Output>): grpc.ClientUnaryCall;
  deregister(argument: _imageflow_v1_DeregisterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_DeregisterResponse__Output>): grpc.ClientUnaryCall;
  deregister(argument: _imageflow_v1_DeregisterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_DeregisterResponse__Output>): grpc.ClientUnaryCall;
  deregister(argument: _imageflow_v1_DeregisterRequest, callback: grpc.requestCallback<_imageflow_v1_DeregisterResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Adds an instance or renews it; to be repeated every `heartbeat_seconds`.
   */
  Register(argument: _imageflow_v1_RegisterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  Register(argument: _imageflow_v1_RegisterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  Register(argument: _imageflow_v1_RegisterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  Register(argument: _imageflow_v1_RegisterRequest, callback: grpc.requestCallback<_imageflow_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Adds an instance or renews it; to be repeated every `heartbeat_seconds`.
   */
  register(argument: _imageflow_v1_RegisterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  register(argument: _imageflow_v1_RegisterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  register(argument: _imageflow_v1_RegisterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  register(argument: _imageflow_v1_RegisterRequest, callback: grpc.requestCallback<_imageflow_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  
}

/**
 * Served by the backend: service instances announce themselves here.
 */
export interface RegistryServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Takes an instance out at once.
   */
  Deregister: grpc.handleUnaryCall<_imageflow_v1_DeregisterRequest__Output, _imageflow_v1_DeregisterResponse>;
  
  /**
   * Adds an instance or renews it; to be repeated every `heartbeat_seconds`.
   */
  Register: grpc.handleUnaryCall<_imageflow_v1_RegisterRequest__Output, _imageflow_v1_RegisterResponse>;
  
}

export interface RegistryServiceDefinition extends grpc.ServiceDefinition {
  Deregister: MethodDefinition<_imageflow_v1_DeregisterRequest, _imageflow_v1_DeregisterResponse, _imageflow_v1_DeregisterRequest__Output, _imageflow_v1_DeregisterResponse__Output>
  Register: MethodDefinition<_imageflow_v1_RegisterRequest, _imageflow_v1_RegisterResponse, _imageflow_v1_RegisterRequest__Output, _imageflow_v1_RegisterResponse__Output>
}
