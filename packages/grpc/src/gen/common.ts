// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck
import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.ts';
import type { BoundingBox as _imageflow_v1_BoundingBox, BoundingBox__Output as _imageflow_v1_BoundingBox__Output } from './imageflow/v1/BoundingBox.ts';
import type { Detection as _imageflow_v1_Detection, Detection__Output as _imageflow_v1_Detection__Output } from './imageflow/v1/Detection.ts';
import type { HealthCheckRequest as _imageflow_v1_HealthCheckRequest, HealthCheckRequest__Output as _imageflow_v1_HealthCheckRequest__Output } from './imageflow/v1/HealthCheckRequest.ts';
import type { HealthCheckResponse as _imageflow_v1_HealthCheckResponse, HealthCheckResponse__Output as _imageflow_v1_HealthCheckResponse__Output } from './imageflow/v1/HealthCheckResponse.ts';
import type { ImageBytes as _imageflow_v1_ImageBytes, ImageBytes__Output as _imageflow_v1_ImageBytes__Output } from './imageflow/v1/ImageBytes.ts';
import type { ImageData as _imageflow_v1_ImageData, ImageData__Output as _imageflow_v1_ImageData__Output } from './imageflow/v1/ImageData.ts';
import type { ModelInfo as _imageflow_v1_ModelInfo, ModelInfo__Output as _imageflow_v1_ModelInfo__Output } from './imageflow/v1/ModelInfo.ts';
import type { ProcessingResult as _imageflow_v1_ProcessingResult, ProcessingResult__Output as _imageflow_v1_ProcessingResult__Output } from './imageflow/v1/ProcessingResult.ts';
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
      BoundingBox: MessageTypeDefinition<_imageflow_v1_BoundingBox, _imageflow_v1_BoundingBox__Output>
      Detection: MessageTypeDefinition<_imageflow_v1_Detection, _imageflow_v1_Detection__Output>
      HealthCheckRequest: MessageTypeDefinition<_imageflow_v1_HealthCheckRequest, _imageflow_v1_HealthCheckRequest__Output>
      HealthCheckResponse: MessageTypeDefinition<_imageflow_v1_HealthCheckResponse, _imageflow_v1_HealthCheckResponse__Output>
      ImageBytes: MessageTypeDefinition<_imageflow_v1_ImageBytes, _imageflow_v1_ImageBytes__Output>
      ImageData: MessageTypeDefinition<_imageflow_v1_ImageData, _imageflow_v1_ImageData__Output>
      ModelInfo: MessageTypeDefinition<_imageflow_v1_ModelInfo, _imageflow_v1_ModelInfo__Output>
      ProcessingResult: MessageTypeDefinition<_imageflow_v1_ProcessingResult, _imageflow_v1_ProcessingResult__Output>
      ProcessingStatus: EnumTypeDefinition
      Transform: MessageTypeDefinition<_imageflow_v1_Transform, _imageflow_v1_Transform__Output>
    }
  }
}

