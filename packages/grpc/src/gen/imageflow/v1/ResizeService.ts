// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { HealthCheckRequest as _imageflow_v1_HealthCheckRequest, HealthCheckRequest__Output as _imageflow_v1_HealthCheckRequest__Output } from '../../imageflow/v1/HealthCheckRequest.ts';
import type { HealthCheckResponse as _imageflow_v1_HealthCheckResponse, HealthCheckResponse__Output as _imageflow_v1_HealthCheckResponse__Output } from '../../imageflow/v1/HealthCheckResponse.ts';
import type { ResizeRequest as _imageflow_v1_ResizeRequest, ResizeRequest__Output as _imageflow_v1_ResizeRequest__Output } from '../../imageflow/v1/ResizeRequest.ts';
import type { ResizeResponse as _imageflow_v1_ResizeResponse, ResizeResponse__Output as _imageflow_v1_ResizeResponse__Output } from '../../imageflow/v1/ResizeResponse.ts';

/**
 * Resizes and converts images.
 */
export interface ResizeServiceClient extends grpc.Client {
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  
  Resize(argument: _imageflow_v1_ResizeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_ResizeResponse__Output>): grpc.ClientUnaryCall;
  Resize(argument: _imageflow_v1_ResizeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_ResizeResponse__Output>): grpc.ClientUnaryCall;
  Resize(argument: _imageflow_v1_ResizeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_ResizeResponse__Output>): grpc.ClientUnaryCall;
  Resize(argument: _imageflow_v1_ResizeRequest, callback: grpc.requestCallback<_imageflow_v1_ResizeResponse__Output>): grpc.ClientUnaryCall;
  resize(argument: _imageflow_v1_ResizeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_ResizeResponse__Output>): grpc.ClientUnaryCall;
  resize(argument: _imageflow_v1_ResizeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_ResizeResponse__Output>): grpc.ClientUnaryCall;
  resize(argument: _imageflow_v1_ResizeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_ResizeResponse__Output>): grpc.ClientUnaryCall;
  resize(argument: _imageflow_v1_ResizeRequest, callback: grpc.requestCallback<_imageflow_v1_ResizeResponse__Output>): grpc.ClientUnaryCall;
  
}

/**
 * Resizes and converts images.
 */
export interface ResizeServiceHandlers extends grpc.UntypedServiceImplementation {
  HealthCheck: grpc.handleUnaryCall<_imageflow_v1_HealthCheckRequest__Output, _imageflow_v1_HealthCheckResponse>;
  
  Resize: grpc.handleUnaryCall<_imageflow_v1_ResizeRequest__Output, _imageflow_v1_ResizeResponse>;
  
}

export interface ResizeServiceDefinition extends grpc.ServiceDefinition {
  HealthCheck: MethodDefinition<_imageflow_v1_HealthCheckRequest, _imageflow_v1_HealthCheckResponse, _imageflow_v1_HealthCheckRequest__Output, _imageflow_v1_HealthCheckResponse__Output>
  Resize: MethodDefinition<_imageflow_v1_ResizeRequest, _imageflow_v1_ResizeResponse, _imageflow_v1_ResizeRequest__Output, _imageflow_v1_ResizeResponse__Output>
}
