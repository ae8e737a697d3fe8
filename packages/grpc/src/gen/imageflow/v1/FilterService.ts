// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { FilterRequest as _imageflow_v1_FilterRequest, FilterRequest__Output as _imageflow_v1_FilterRequest__Output } from '../../imageflow/v1/FilterRequest.ts';
import type { FilterResponse as _imageflow_v1_FilterResponse, FilterResponse__Output as _imageflow_v1_FilterResponse__Output } from '../../imageflow/v1/FilterResponse.ts';
import type { HealthCheckRequest as _imageflow_v1_HealthCheckRequest, HealthCheckRequest__Output as _imageflow_v1_HealthCheckRequest__Output } from '../../imageflow/v1/HealthCheckRequest.ts';
import type { HealthCheckResponse as _imageflow_v1_HealthCheckResponse, HealthCheckResponse__Output as _imageflow_v1_HealthCheckResponse__Output } from '../../imageflow/v1/HealthCheckResponse.ts';

/**
 * Filters images and measures their quality.
 */
export interface FilterServiceClient extends grpc.Client {
  ApplyFilter(argument: _imageflow_v1_FilterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_FilterResponse__Output>): grpc.ClientUnaryCall;
  ApplyFilter(argument: _imageflow_v1_FilterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_FilterResponse__Output>): grpc.ClientUnaryCall;
  ApplyFilter(argument: _imageflow_v1_FilterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_FilterResponse__Output>): grpc.ClientUnaryCall;
  ApplyFilter(argument: _imageflow_v1_FilterRequest, callback: grpc.requestCallback<_imageflow_v1_FilterResponse__Output>): grpc.ClientUnaryCall;
  applyFilter(argument: _imageflow_v1_FilterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_FilterResponse__Output>): grpc.ClientUnaryCall;
  applyFilter(argument: _imageflow_v1_FilterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_FilterResponse__Output>): grpc.ClientUnaryCall;
  applyFilter(argument: _imageflow_v1_FilterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_FilterResponse__Output>): grpc.ClientUnaryCall;
  applyFilter(argument: _imageflow_v1_FilterRequest, callback: grpc.requestCallback<_imageflow_v1_FilterResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * ApplyFilter, and the quality measures; can refuse a bad photo.
   */
  ApplyQualityFilter(argument: _imageflow_v1_FilterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_FilterResponse__Output>): grpc.ClientUnaryCall;
  ApplyQualityFilter(argument: _imageflow_v1_FilterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_FilterResponse__Output>): grpc.ClientUnaryCall;
  ApplyQualityFilter(argument: _imageflow_v1_FilterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_FilterResponse__Output>): grpc.ClientUnaryCall;
  ApplyQualityFilter(argument: _imageflow_v1_FilterRequest, callback: grpc.requestCallback<_imageflow_v1_FilterResponse__Output>): grpc.ClientUnaryCall;
  /**
   * ApplyFilter, and the quality measures; can refuse a bad photo.
   */
  applyQualityFilter(argument: _imageflow_v1_FilterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_FilterResponse__Output>): grpc.ClientUnaryCall;
  applyQualityFilter(argument: _imageflow_v1_FilterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_FilterResponse__Output>): grpc.ClientUnaryCall;
  applyQualityFilter(argument: _imageflow_v1_FilterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_FilterResponse__Output>): grpc.ClientUnaryCall;
  applyQualityFilter(argument: _imageflow_v1_FilterRequest, callback: grpc.requestCallback<_imageflow_v1_FilterResponse__Output>): grpc.ClientUnaryCall;
  
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  
}

/**
 * Filters images and measures their quality.
 */
export interface FilterServiceHandlers extends grpc.UntypedServiceImplementation {
  ApplyFilter: grpc.handleUnaryCall<_imageflow_v1_FilterRequest__Output, _imageflow_v1_FilterResponse>;
  
  /**
   * ApplyFilter, and the quality measures; can refuse a bad photo.
   */
  ApplyQualityFilter: grpc.handleUnaryCall<_imageflow_v1_FilterRequest__Output, _imageflow_v1_FilterResponse>;
  
  HealthCheck: grpc.handleUnaryCall<_imageflow_v1_HealthCheckRequest__Output, _imageflow_v1_HealthCheckResponse>;
  
}

export interface FilterServiceDefinition extends grpc.ServiceDefinition {
  ApplyFilter: MethodDefinition<_imageflow_v1_FilterRequest, _imageflow_v1_FilterResponse, _imageflow_v1_FilterRequest__Output, _imageflow_v1_FilterResponse__Output>
  ApplyQualityFilter: MethodDefinition<_imageflow_v1_FilterRequest, _imageflow_v1_FilterResponse, _imageflow_v1_FilterRequest__Output, _imageflow_v1_FilterResponse__Output>
  HealthCheck: MethodDefinition<_imageflow_v1_HealthCheckRequest, _imageflow_v1_HealthCheckResponse, _imageflow_v1_HealthCheckRequest__Output, _imageflow_v1_HealthCheckResponse__Output>
}
