// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck
import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.ts';
import type { AIDetectionServiceClient as _imageflow_v1_AIDetectionServiceClient, AIDetectionServiceDefinition as _imageflow_v1_AIDetectionServiceDefinition } from './imageflow/v1/AIDetectionService.ts';
import type { AddModelRequest as _imageflow_v1_AddModelRequest, AddModelRequest__Output as _imageflow_v1_AddModelRequest__Output } from './imageflow/v1/AddModelRequest.ts';
import type { AddModelResponse as _imageflow_v1_AddModelResponse, AddModelResponse__Output as _imageflow_v1_AddModelResponse__Output } from './imageflow/v1/AddModelResponse.ts';
import type { BoundingBox as _imageflow_v1_BoundingBox, BoundingBox__Output as _imageflow_v1_BoundingBox__Output } from './imageflow/v1/BoundingBox.ts';
import type { Classification as _imageflow_v1_Classification, Classification__Output as _imageflow_v1_Classification__Output } from './imageflow/v1/Classification.ts';
import type { Detection as _imageflow_v1_Detection, Detection__Output as _imageflow_v1_Detection__Output } from './imageflow/v1/Detection.ts';
import type { DetectionRequest as _imageflow_v1_DetectionRequest, DetectionRequest__Output as _imageflow_v1_DetectionRequest__Output } from './imageflow/v1/DetectionRequest.ts';
import type { DetectionResponse as _imageflow_v1_DetectionResponse, DetectionResponse__Output as _imageflow_v1_DetectionResponse__Output } from './imageflow/v1/DetectionResponse.ts';
import type { HealthCheckRequest as _imageflow_v1_HealthCheckRequest, HealthCheckRequest__Output as _imageflow_v1_HealthCheckRequest__Output } from './imageflow/v1/HealthCheckRequest.ts';
import type { HealthCheckResponse as _imageflow_v1_HealthCheckResponse, HealthCheckResponse__Output as _imageflow_v1_HealthCheckResponse__Output } from './imageflow/v1/HealthCheckResponse.ts';
import type { ImageBytes as _imageflow_v1_ImageBytes, ImageBytes__Output as _imageflow_v1_ImageBytes__Output } from './imageflow/v1/ImageBytes.ts';
import type { ImageData as _imageflow_v1_ImageData, ImageData__Output as _imageflow_v1_ImageData__Output } from './imageflow/v1/ImageData.ts';
import type { ListModelsRequest as _imageflow_v1_ListModelsRequest, ListModelsRequest__Output as _imageflow_v1_ListModelsRequest__Output } from './imageflow/v1/ListModelsRequest.ts';
import type { ListModelsResponse as _imageflow_v1_ListModelsResponse, ListModelsResponse__Output as _imageflow_v1_ListModelsResponse__Output } from './imageflow/v1/ListModelsResponse.ts';
import type { ModelDescription as _imageflow_v1_ModelDescription, ModelDescription__Output as _imageflow_v1_ModelDescription__Output } from './imageflow/v1/ModelDescription.ts';
import type { ModelInfo as _imageflow_v1_ModelInfo, ModelInfo__Output as _imageflow_v1_ModelInfo__Output } from './imageflow/v1/ModelInfo.ts';
import type { ProcessingResult as _imageflow_v1_ProcessingResult, ProcessingResult__Output as _imageflow_v1_ProcessingResult__Output } from './imageflow/v1/ProcessingResult.ts';
import type { RemoveModelRequest as _imageflow_v1_RemoveModelRequest, RemoveModelRequest__Output as _imageflow_v1_RemoveModelRequest__Output } from './imageflow/v1/RemoveModelRequest.ts';
import type { RemoveModelResponse as _imageflow_v1_RemoveModelResponse, RemoveModelResponse__Output as _imageflow_v1_RemoveModelResponse__Output } from './imageflow/v1/RemoveModelResponse.ts';
import type { Transform as _imageflow_v1_Transform, Transform__Output as _imageflow_v1_Transform__Output } from './imageflow/v1/Transform.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  google: {
    protobuf: {
      Timestamp: MessageTypeDefinition<_google_protobuf_Timestamp, _google_protobuf_Timestamp__Output>
    }
  }
  imageflow: {
    v1: {
      /**
       * Finds and classifies objects with ONNX models.
       */
      AIDetectionService: SubtypeConstructor<typeof grpc.Client, _imageflow_v1_AIDetectionServiceClient> & { service: _imageflow_v1_AIDetectionServiceDefinition }
      AddModelRequest: MessageTypeDefinition<_imageflow_v1_AddModelRequest, _imageflow_v1_AddModelRequest__Output>
      AddModelResponse: MessageTypeDefinition<_imageflow_v1_AddModelResponse, _imageflow_v1_AddModelResponse__Output>
      BoundingBox: MessageTypeDefinition<_imageflow_v1_BoundingBox, _imageflow_v1_BoundingBox__Output>
      Classification: MessageTypeDefinition<_imageflow_v1_Classification, _imageflow_v1_Classification__Output>
      Detection: MessageTypeDefinition<_imageflow_v1_Detection, _imageflow_v1_Detection__Output>
      DetectionRequest: MessageTypeDefinition<_imageflow_v1_DetectionRequest, _imageflow_v1_DetectionRequest__Output>
      DetectionResponse: MessageTypeDefinition<_imageflow_v1_DetectionResponse, _imageflow_v1_DetectionResponse__Output>
      HealthCheckRequest: MessageTypeDefinition<_imageflow_v1_HealthCheckRequest, _imageflow_v1_HealthCheckRequest__Output>
      HealthCheckResponse: MessageTypeDefinition<_imageflow_v1_HealthCheckResponse, _imageflow_v1_HealthCheckResponse__Output>
      ImageBytes: MessageTypeDefinition<_imageflow_v1_ImageBytes, _imageflow_v1_ImageBytes__Output>
      ImageData: MessageTypeDefinition<_imageflow_v1_ImageData, _imageflow_v1_ImageData__Output>
      ListModelsRequest: MessageTypeDefinition<_imageflow_v1_ListModelsRequest, _imageflow_v1_ListModelsRequest__Output>
      ListModelsResponse: MessageTypeDefinition<_imageflow_v1_ListModelsResponse, _imageflow_v1_ListModelsResponse__Output>
      ModelDescription: MessageTypeDefinition<_imageflow_v1_ModelDescription, _imageflow_v1_ModelDescription__Output>
      ModelInfo: MessageTypeDefinition<_imageflow_v1_ModelInfo, _imageflow_v1_ModelInfo__Output>
      ProcessingResult: MessageTypeDefinition<_imageflow_v1_ProcessingResult, _imageflow_v1_ProcessingResult__Output>
      ProcessingStatus: EnumTypeDefinition
      RemoveModelRequest: MessageTypeDefinition<_imageflow_v1_RemoveModelRequest, _imageflow_v1_RemoveModelRequest__Output>
      RemoveModelResponse: MessageTypeDefinition<_imageflow_v1_RemoveModelResponse, _imageflow_v1_RemoveModelResponse__Output>
      Transform: MessageTypeDefinition<_imageflow_v1_Transform, _imageflow_v1_Transform__Output>
    }
  }
}

