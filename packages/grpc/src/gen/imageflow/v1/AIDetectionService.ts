// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AddModelRequest as _imageflow_v1_AddModelRequest, AddModelRequest__Output as _imageflow_v1_AddModelRequest__Output } from '../../imageflow/v1/AddModelRequest.ts';
import type { AddModelResponse as _imageflow_v1_AddModelResponse, AddModelResponse__Output as _imageflow_v1_AddModelResponse__Output } from '../../imageflow/v1/AddModelResponse.ts';
import type { DetectionRequest as _imageflow_v1_DetectionRequest, DetectionRequest__Output as _imageflow_v1_DetectionRequest__Output } from '../../imageflow/v1/DetectionRequest.ts';
import type { DetectionResponse as _imageflow_v1_DetectionResponse, DetectionResponse__Output as _imageflow_v1_DetectionResponse__Output } from '../../imageflow/v1/DetectionResponse.ts';
import type { HealthCheckRequest as _imageflow_v1_HealthCheckRequest, HealthCheckRequest__Output as _imageflow_v1_HealthCheckRequest__Output } from '../../imageflow/v1/HealthCheckRequest.ts';
import type { HealthCheckResponse as _imageflow_v1_HealthCheckResponse, HealthCheckResponse__Output as _imageflow_v1_HealthCheckResponse__Output } from '../../imageflow/v1/HealthCheckResponse.ts';
import type { ListModelsRequest as _imageflow_v1_ListModelsRequest, ListModelsRequest__Output as _imageflow_v1_ListModelsRequest__Output } from '../../imageflow/v1/ListModelsRequest.ts';
import type { ListModelsResponse as _imageflow_v1_ListModelsResponse, ListModelsResponse__Output as _imageflow_v1_ListModelsResponse__Output } from '../../imageflow/v1/ListModelsResponse.ts';
import type { RemoveModelRequest as _imageflow_v1_RemoveModelRequest, RemoveModelRequest__Output as _imageflow_v1_RemoveModelRequest__Output } from '../../imageflow/v1/RemoveModelRequest.ts';
import type { RemoveModelResponse as _imageflow_v1_RemoveModelResponse, RemoveModelResponse__Output as _imageflow_v1_RemoveModelResponse__Output } from '../../imageflow/v1/RemoveModelResponse.ts';

/**
 * Finds and classifies objects with ONNX models.
 */
export interface AIDetectionServiceClient extends grpc.Client {
  /**
   * Checks a model file in the object store and adds it to the registry; INVALID_ARGUMENT with the reasons when it cannot be used.
   */
  AddModel(argument: _imageflow_v1_AddModelRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_AddModelResponse__Output>): grpc.ClientUnaryCall;
  AddModel(argument: _imageflow_v1_AddModelRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_AddModelResponse__Output>): grpc.ClientUnaryCall;
  AddModel(argument: _imageflow_v1_AddModelRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_AddModelResponse__Output>): grpc.ClientUnaryCall;
  AddModel(argument: _imageflow_v1_AddModelRequest, callback: grpc.requestCallback<_imageflow_v1_AddModelResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Checks a model file in the object store and adds it to the registry; INVALID_ARGUMENT with the reasons when it cannot be used.
   */
  addModel(argument: _imageflow_v1_AddModelRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_AddModelResponse__Output>): grpc.ClientUnaryCall;
  addModel(argument: _imageflow_v1_AddModelRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_AddModelResponse__Output>): grpc.ClientUnaryCall;
  addModel(argument: _imageflow_v1_AddModelRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_AddModelResponse__Output>): grpc.ClientUnaryCall;
  addModel(argument: _imageflow_v1_AddModelRequest, callback: grpc.requestCallback<_imageflow_v1_AddModelResponse__Output>): grpc.ClientUnaryCall;
  
  Detect(argument: _imageflow_v1_DetectionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_DetectionResponse__Output>): grpc.ClientUnaryCall;
  Detect(argument: _imageflow_v1_DetectionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_DetectionResponse__Output>): grpc.ClientUnaryCall;
  Detect(argument: _imageflow_v1_DetectionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_DetectionResponse__Output>): grpc.ClientUnaryCall;
  Detect(argument: _imageflow_v1_DetectionRequest, callback: grpc.requestCallback<_imageflow_v1_DetectionResponse__Output>): grpc.ClientUnaryCall;
  detect(argument: _imageflow_v1_DetectionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_DetectionResponse__Output>): grpc.ClientUnaryCall;
  detect(argument: _imageflow_v1_DetectionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_DetectionResponse__Output>): grpc.ClientUnaryCall;
  detect(argument: _imageflow_v1_DetectionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_DetectionResponse__Output>): grpc.ClientUnaryCall;
  detect(argument: _imageflow_v1_DetectionRequest, callback: grpc.requestCallback<_imageflow_v1_DetectionResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Detect with the defect model as default.
   */
  DetectDefects(argument: _imageflow_v1_DetectionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_DetectionResponse__Output>): grpc.ClientUnaryCall;
  DetectDefects(argument: _imageflow_v1_DetectionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_DetectionResponse__Output>): grpc.ClientUnaryCall;
  DetectDefects(argument: _imageflow_v1_DetectionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_DetectionResponse__Output>): grpc.ClientUnaryCall;
  DetectDefects(argument: _imageflow_v1_DetectionRequest, callback: grpc.requestCallback<_imageflow_v1_DetectionResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Detect with the defect model as default.
   */
  detectDefects(argument: _imageflow_v1_DetectionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_DetectionResponse__Output>): grpc.ClientUnaryCall;
  detectDefects(argument: _imageflow_v1_DetectionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_DetectionResponse__Output>): grpc.ClientUnaryCall;
  detectDefects(argument: _imageflow_v1_DetectionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_DetectionResponse__Output>): grpc.ClientUnaryCall;
  detectDefects(argument: _imageflow_v1_DetectionRequest, callback: grpc.requestCallback<_imageflow_v1_DetectionResponse__Output>): grpc.ClientUnaryCall;
  
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  
  ListModels(argument: _imageflow_v1_ListModelsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  ListModels(argument: _imageflow_v1_ListModelsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  ListModels(argument: _imageflow_v1_ListModelsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  ListModels(argument: _imageflow_v1_ListModelsRequest, callback: grpc.requestCallback<_imageflow_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  listModels(argument: _imageflow_v1_ListModelsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  listModels(argument: _imageflow_v1_ListModelsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  listModels(argument: _imageflow_v1_ListModelsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  listModels(argument: _imageflow_v1_ListModelsRequest, callback: grpc.requestCallback<_imageflow_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  
  RemoveModel(argument: _imageflow_v1_RemoveModelRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_RemoveModelResponse__Output>): grpc.ClientUnaryCall;
  RemoveModel(argument: _imageflow_v1_RemoveModelRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_RemoveModelResponse__Output>): grpc.ClientUnaryCall;
  RemoveModel(argument: _imageflow_v1_RemoveModelRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_RemoveModelResponse__Output>): grpc.ClientUnaryCall;
  RemoveModel(argument: _imageflow_v1_RemoveModelRequest, callback: grpc.requestCallback<_imageflow_v1_RemoveModelResponse__Output>): grpc.ClientUnaryCall;
  removeModel(argument: _imageflow_v1_RemoveModelRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_RemoveModelResponse__Output>): grpc.ClientUnaryCall;
  removeModel(argument: _imageflow_v1_RemoveModelRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_RemoveModelResponse__Output>): grpc.ClientUnaryCall;
  removeModel(argument: _imageflow_v1_RemoveModelRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_RemoveModelResponse__Output>): grpc.ClientUnaryCall;
  removeModel(argument: _imageflow_v1_RemoveModelRequest, callback: grpc.requestCallback<_imageflow_v1_RemoveModelResponse__Output>): grpc.ClientUnaryCall;
  
}

/**
 * Finds and classifies objects with ONNX models.
 */
export interface AIDetectionServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Checks a model file in the object store and adds it to the registry; INVALID_ARGUMENT with the reasons when it cannot be used.
   */
  AddModel: grpc.handleUnaryCall<_imageflow_v1_AddModelRequest__Output, _imageflow_v1_AddModelResponse>;
  
  Detect: grpc.handleUnaryCall<_imageflow_v1_DetectionRequest__Output, _imageflow_v1_DetectionResponse>;
  
  /**
   * Detect with the defect model as default.
   */
  DetectDefects: grpc.handleUnaryCall<_imageflow_v1_DetectionRequest__Output, _imageflow_v1_DetectionResponse>;
  
  HealthCheck: grpc.handleUnaryCall<_imageflow_v1_HealthCheckRequest__Output, _imageflow_v1_HealthCheckResponse>;
  
  ListModels: grpc.handleUnaryCall<_imageflow_v1_ListModelsRequest__Output, _imageflow_v1_ListModelsResponse>;
  
  RemoveModel: grpc.handleUnaryCall<_imageflow_v1_RemoveModelRequest__Output, _imageflow_v1_RemoveModelResponse>;
  
}

export interface AIDetectionServiceDefinition extends grpc.ServiceDefinition {
  AddModel: MethodDefinition<_imageflow_v1_AddModelRequest, _imageflow_v1_AddModelResponse, _imageflow_v1_AddModelRequest__Output, _imageflow_v1_AddModelResponse__Output>
  Detect: MethodDefinition<_imageflow_v1_DetectionRequest, _imageflow_v1_DetectionResponse, _imageflow_v1_DetectionRequest__Output, _imageflow_v1_DetectionResponse__Output>
  DetectDefects: MethodDefinition<_imageflow_v1_DetectionRequest, _imageflow_v1_DetectionResponse, _imageflow_v1_DetectionRequest__Output, _imageflow_v1_DetectionResponse__Output>
  HealthCheck: MethodDefinition<_imageflow_v1_HealthCheckRequest, _imageflow_v1_HealthCheckResponse, _imageflow_v1_HealthCheckRequest__Output, _imageflow_v1_HealthCheckResponse__Output>
  ListModels: MethodDefinition<_imageflow_v1_ListModelsRequest, _imageflow_v1_ListModelsResponse, _imageflow_v1_ListModelsRequest__Output, _imageflow_v1_ListModelsResponse__Output>
  RemoveModel: MethodDefinition<_imageflow_v1_RemoveModelRequest, _imageflow_v1_RemoveModelResponse, _imageflow_v1_RemoveModelRequest__Output, _imageflow_v1_RemoveModelResponse__Output>
}
