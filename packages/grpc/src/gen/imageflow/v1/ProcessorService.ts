// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { DescribeRequest as _imageflow_v1_DescribeRequest, DescribeRequest__Output as _imageflow_v1_DescribeRequest__Output } from '../../imageflow/v1/DescribeRequest.ts';
import type { DescribeResponse as _imageflow_v1_DescribeResponse, DescribeResponse__Output as _imageflow_v1_DescribeResponse__Output } from '../../imageflow/v1/DescribeResponse.ts';
import type { HealthCheckRequest as _imageflow_v1_HealthCheckRequest, HealthCheckRequest__Output as _imageflow_v1_HealthCheckRequest__Output } from '../../imageflow/v1/HealthCheckRequest.ts';
import type { HealthCheckResponse as _imageflow_v1_HealthCheckResponse, HealthCheckResponse__Output as _imageflow_v1_HealthCheckResponse__Output } from '../../imageflow/v1/HealthCheckResponse.ts';
import type { ProcessRequest as _imageflow_v1_ProcessRequest, ProcessRequest__Output as _imageflow_v1_ProcessRequest__Output } from '../../imageflow/v1/ProcessRequest.ts';
import type { ProcessResponse as _imageflow_v1_ProcessResponse, ProcessResponse__Output as _imageflow_v1_ProcessResponse__Output } from '../../imageflow/v1/ProcessResponse.ts';

/**
 * The one protocol the pipeline engine speaks. Whoever implements it, in any language, adds components to the platform.
 */
export interface ProcessorServiceClient extends grpc.Client {
  Describe(argument: _imageflow_v1_DescribeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  Describe(argument: _imageflow_v1_DescribeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  Describe(argument: _imageflow_v1_DescribeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  Describe(argument: _imageflow_v1_DescribeRequest, callback: grpc.requestCallback<_imageflow_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  describe(argument: _imageflow_v1_DescribeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  describe(argument: _imageflow_v1_DescribeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  describe(argument: _imageflow_v1_DescribeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  describe(argument: _imageflow_v1_DescribeRequest, callback: grpc.requestCallback<_imageflow_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  
  Process(argument: _imageflow_v1_ProcessRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_ProcessResponse__Output>): grpc.ClientUnaryCall;
  Process(argument: _imageflow_v1_ProcessRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_ProcessResponse__Output>): grpc.ClientUnaryCall;
  Process(argument: _imageflow_v1_ProcessRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_ProcessResponse__Output>): grpc.ClientUnaryCall;
  Process(argument: _imageflow_v1_ProcessRequest, callback: grpc.requestCallback<_imageflow_v1_ProcessResponse__Output>): grpc.ClientUnaryCall;
  process(argument: _imageflow_v1_ProcessRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_ProcessResponse__Output>): grpc.ClientUnaryCall;
  process(argument: _imageflow_v1_ProcessRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_ProcessResponse__Output>): grpc.ClientUnaryCall;
  process(argument: _imageflow_v1_ProcessRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_ProcessResponse__Output>): grpc.ClientUnaryCall;
  process(argument: _imageflow_v1_ProcessRequest, callback: grpc.requestCallback<_imageflow_v1_ProcessResponse__Output>): grpc.ClientUnaryCall;
  
}

/**
 * The one protocol the pipeline engine speaks. Whoever implements it, in any language, adds components to the platform.
 */
export interface ProcessorServiceHandlers extends grpc.UntypedServiceImplementation {
  Describe: grpc.handleUnaryCall<_imageflow_v1_DescribeRequest__Output, _imageflow_v1_DescribeResponse>;
  
  HealthCheck: grpc.handleUnaryCall<_imageflow_v1_HealthCheckRequest__Output, _imageflow_v1_HealthCheckResponse>;
  
  Process: grpc.handleUnaryCall<_imageflow_v1_ProcessRequest__Output, _imageflow_v1_ProcessResponse>;
  
}

export interface ProcessorServiceDefinition extends grpc.ServiceDefinition {
  Describe: MethodDefinition<_imageflow_v1_DescribeRequest, _imageflow_v1_DescribeResponse, _imageflow_v1_DescribeRequest__Output, _imageflow_v1_DescribeResponse__Output>
  HealthCheck: MethodDefinition<_imageflow_v1_HealthCheckRequest, _imageflow_v1_HealthCheckResponse, _imageflow_v1_HealthCheckRequest__Output, _imageflow_v1_HealthCheckResponse__Output>
  Process: MethodDefinition<_imageflow_v1_ProcessRequest, _imageflow_v1_ProcessResponse, _imageflow_v1_ProcessRequest__Output, _imageflow_v1_ProcessResponse__Output>
}
