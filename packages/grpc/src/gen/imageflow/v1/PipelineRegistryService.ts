// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AdmitClientRequest as _imageflow_v1_AdmitClientRequest, AdmitClientRequest__Output as _imageflow_v1_AdmitClientRequest__Output } from '../../imageflow/v1/AdmitClientRequest.ts';
import type { AdmitClientResponse as _imageflow_v1_AdmitClientResponse, AdmitClientResponse__Output as _imageflow_v1_AdmitClientResponse__Output } from '../../imageflow/v1/AdmitClientResponse.ts';
import type { GetPipelineRequest as _imageflow_v1_GetPipelineRequest, GetPipelineRequest__Output as _imageflow_v1_GetPipelineRequest__Output } from '../../imageflow/v1/GetPipelineRequest.ts';
import type { GetPipelineResponse as _imageflow_v1_GetPipelineResponse, GetPipelineResponse__Output as _imageflow_v1_GetPipelineResponse__Output } from '../../imageflow/v1/GetPipelineResponse.ts';
import type { ListInstancesRequest as _imageflow_v1_ListInstancesRequest, ListInstancesRequest__Output as _imageflow_v1_ListInstancesRequest__Output } from '../../imageflow/v1/ListInstancesRequest.ts';
import type { ListInstancesResponse as _imageflow_v1_ListInstancesResponse, ListInstancesResponse__Output as _imageflow_v1_ListInstancesResponse__Output } from '../../imageflow/v1/ListInstancesResponse.ts';

/**
 * Served by the backend to the platform's own services, which call with `authorization: Bearer <service key>`.
 */
export interface PipelineRegistryServiceClient extends grpc.Client {
  /**
   * Whether the holder of a token may run streams. Fails with UNAUTHENTICATED or PERMISSION_DENIED when not.
   */
  AdmitClient(argument: _imageflow_v1_AdmitClientRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_AdmitClientResponse__Output>): grpc.ClientUnaryCall;
  AdmitClient(argument: _imageflow_v1_AdmitClientRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_AdmitClientResponse__Output>): grpc.ClientUnaryCall;
  AdmitClient(argument: _imageflow_v1_AdmitClientRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_AdmitClientResponse__Output>): grpc.ClientUnaryCall;
  AdmitClient(argument: _imageflow_v1_AdmitClientRequest, callback: grpc.requestCallback<_imageflow_v1_AdmitClientResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Whether the holder of a token may run streams. Fails with UNAUTHENTICATED or PERMISSION_DENIED when not.
   */
  admitClient(argument: _imageflow_v1_AdmitClientRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_AdmitClientResponse__Output>): grpc.ClientUnaryCall;
  admitClient(argument: _imageflow_v1_AdmitClientRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_AdmitClientResponse__Output>): grpc.ClientUnaryCall;
  admitClient(argument: _imageflow_v1_AdmitClientRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_AdmitClientResponse__Output>): grpc.ClientUnaryCall;
  admitClient(argument: _imageflow_v1_AdmitClientRequest, callback: grpc.requestCallback<_imageflow_v1_AdmitClientResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * The pipeline as it is now, by either of its ids.
   */
  GetPipeline(argument: _imageflow_v1_GetPipelineRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_GetPipelineResponse__Output>): grpc.ClientUnaryCall;
  GetPipeline(argument: _imageflow_v1_GetPipelineRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_GetPipelineResponse__Output>): grpc.ClientUnaryCall;
  GetPipeline(argument: _imageflow_v1_GetPipelineRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_GetPipelineResponse__Output>): grpc.ClientUnaryCall;
  GetPipeline(argument: _imageflow_v1_GetPipelineRequest, callback: grpc.requestCallback<_imageflow_v1_GetPipelineResponse__Output>): grpc.ClientUnaryCall;
  /**
   * The pipeline as it is now, by either of its ids.
   */
  getPipeline(argument: _imageflow_v1_GetPipelineRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_GetPipelineResponse__Output>): grpc.ClientUnaryCall;
  getPipeline(argument: _imageflow_v1_GetPipelineRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_GetPipelineResponse__Output>): grpc.ClientUnaryCall;
  getPipeline(argument: _imageflow_v1_GetPipelineRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_GetPipelineResponse__Output>): grpc.ClientUnaryCall;
  getPipeline(argument: _imageflow_v1_GetPipelineRequest, callback: grpc.requestCallback<_imageflow_v1_GetPipelineResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * The instances of all services that may take calls.
   */
  ListInstances(argument: _imageflow_v1_ListInstancesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_ListInstancesResponse__Output>): grpc.ClientUnaryCall;
  ListInstances(argument: _imageflow_v1_ListInstancesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_ListInstancesResponse__Output>): grpc.ClientUnaryCall;
  ListInstances(argument: _imageflow_v1_ListInstancesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_ListInstancesResponse__Output>): grpc.ClientUnaryCall;
  ListInstances(argument: _imageflow_v1_ListInstancesRequest, callback: grpc.requestCallback<_imageflow_v1_ListInstancesResponse__Output>): grpc.ClientUnaryCall;
  /**
   * The instances of all services that may take calls.
   */
  listInstances(argument: _imageflow_v1_ListInstancesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_ListInstancesResponse__Output>): grpc.ClientUnaryCall;
  listInstances(argument: _imageflow_v1_ListInstancesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_ListInstancesResponse__Output>): grpc.ClientUnaryCall;
  listInstances(argument: _imageflow_v1_ListInstancesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_ListInstancesResponse__Output>): grpc.ClientUnaryCall;
  listInstances(argument: _imageflow_v1_ListInstancesRequest, callback: grpc.requestCallback<_imageflow_v1_ListInstancesResponse__Output>): grpc.ClientUnaryCall;
  
}

/**
 * Served by the backend to the platform's own services, which call with `authorization: Bearer <service key>`.
 */
export interface PipelineRegistryServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Whether the holder of a token may run streams. Fails with UNAUTHENTICATED or PERMISSION_DENIED when not.
   */
  AdmitClient: grpc.handleUnaryCall<_imageflow_v1_AdmitClientRequest__Output, _imageflow_v1_AdmitClientResponse>;
  
  /**
   * The pipeline as it is now, by either of its ids.
   */
  GetPipeline: grpc.handleUnaryCall<_imageflow_v1_GetPipelineRequest__Output, _imageflow_v1_GetPipelineResponse>;
  
  /**
   * The instances of all services that may take calls.
   */
  ListInstances: grpc.handleUnaryCall<_imageflow_v1_ListInstancesRequest__Output, _imageflow_v1_ListInstancesResponse>;
  
}

export interface PipelineRegistryServiceDefinition extends grpc.ServiceDefinition {
  AdmitClient: MethodDefinition<_imageflow_v1_AdmitClientRequest, _imageflow_v1_AdmitClientResponse, _imageflow_v1_AdmitClientRequest__Output, _imageflow_v1_AdmitClientResponse__Output>
  GetPipeline: MethodDefinition<_imageflow_v1_GetPipelineRequest, _imageflow_v1_GetPipelineResponse, _imageflow_v1_GetPipelineRequest__Output, _imageflow_v1_GetPipelineResponse__Output>
  ListInstances: MethodDefinition<_imageflow_v1_ListInstancesRequest, _imageflow_v1_ListInstancesResponse, _imageflow_v1_ListInstancesRequest__Output, _imageflow_v1_ListInstancesResponse__Output>
}
