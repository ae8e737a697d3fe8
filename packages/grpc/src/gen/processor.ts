// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck
import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.ts';
import type { BoundingBox as _imageflow_v1_BoundingBox, BoundingBox__Output as _imageflow_v1_BoundingBox__Output } from './imageflow/v1/BoundingBox.ts';
import type { ComponentDescription as _imageflow_v1_ComponentDescription, ComponentDescription__Output as _imageflow_v1_ComponentDescription__Output } from './imageflow/v1/ComponentDescription.ts';
import type { DescribeRequest as _imageflow_v1_DescribeRequest, DescribeRequest__Output as _imageflow_v1_DescribeRequest__Output } from './imageflow/v1/DescribeRequest.ts';
import type { DescribeResponse as _imageflow_v1_DescribeResponse, DescribeResponse__Output as _imageflow_v1_DescribeResponse__Output } from './imageflow/v1/DescribeResponse.ts';
import type { Detection as _imageflow_v1_Detection, Detection__Output as _imageflow_v1_Detection__Output } from './imageflow/v1/Detection.ts';
import type { HealthCheckRequest as _imageflow_v1_HealthCheckRequest, HealthCheckRequest__Output as _imageflow_v1_HealthCheckRequest__Output } from './imageflow/v1/HealthCheckRequest.ts';
import type { HealthCheckResponse as _imageflow_v1_HealthCheckResponse, HealthCheckResponse__Output as _imageflow_v1_HealthCheckResponse__Output } from './imageflow/v1/HealthCheckResponse.ts';
import type { ImageBytes as _imageflow_v1_ImageBytes, ImageBytes__Output as _imageflow_v1_ImageBytes__Output } from './imageflow/v1/ImageBytes.ts';
import type { ImageData as _imageflow_v1_ImageData, ImageData__Output as _imageflow_v1_ImageData__Output } from './imageflow/v1/ImageData.ts';
import type { LocalizedText as _imageflow_v1_LocalizedText, LocalizedText__Output as _imageflow_v1_LocalizedText__Output } from './imageflow/v1/LocalizedText.ts';
import type { ModelInfo as _imageflow_v1_ModelInfo, ModelInfo__Output as _imageflow_v1_ModelInfo__Output } from './imageflow/v1/ModelInfo.ts';
import type { OutputTarget as _imageflow_v1_OutputTarget, OutputTarget__Output as _imageflow_v1_OutputTarget__Output } from './imageflow/v1/OutputTarget.ts';
import type { ProcessRequest as _imageflow_v1_ProcessRequest, ProcessRequest__Output as _imageflow_v1_ProcessRequest__Output } from './imageflow/v1/ProcessRequest.ts';
import type { ProcessResponse as _imageflow_v1_ProcessResponse, ProcessResponse__Output as _imageflow_v1_ProcessResponse__Output } from './imageflow/v1/ProcessResponse.ts';
import type { ProcessingResult as _imageflow_v1_ProcessingResult, ProcessingResult__Output as _imageflow_v1_ProcessingResult__Output } from './imageflow/v1/ProcessingResult.ts';
import type { ProcessorServiceClient as _imageflow_v1_ProcessorServiceClient, ProcessorServiceDefinition as _imageflow_v1_ProcessorServiceDefinition } from './imageflow/v1/ProcessorService.ts';
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
      ComponentDescription: MessageTypeDefinition<_imageflow_v1_ComponentDescription, _imageflow_v1_ComponentDescription__Output>
      DescribeRequest: MessageTypeDefinition<_imageflow_v1_DescribeRequest, _imageflow_v1_DescribeRequest__Output>
      DescribeResponse: MessageTypeDefinition<_imageflow_v1_DescribeResponse, _imageflow_v1_DescribeResponse__Output>
      Detection: MessageTypeDefinition<_imageflow_v1_Detection, _imageflow_v1_Detection__Output>
      HealthCheckRequest: MessageTypeDefinition<_imageflow_v1_HealthCheckRequest, _imageflow_v1_HealthCheckRequest__Output>
      HealthCheckResponse: MessageTypeDefinition<_imageflow_v1_HealthCheckResponse, _imageflow_v1_HealthCheckResponse__Output>
      ImageBytes: MessageTypeDefinition<_imageflow_v1_ImageBytes, _imageflow_v1_ImageBytes__Output>
      ImageData: MessageTypeDefinition<_imageflow_v1_ImageData, _imageflow_v1_ImageData__Output>
      LocalizedText: MessageTypeDefinition<_imageflow_v1_LocalizedText, _imageflow_v1_LocalizedText__Output>
      ModelInfo: MessageTypeDefinition<_imageflow_v1_ModelInfo, _imageflow_v1_ModelInfo__Output>
      OutputTarget: MessageTypeDefinition<_imageflow_v1_OutputTarget, _imageflow_v1_OutputTarget__Output>
      ProcessRequest: MessageTypeDefinition<_imageflow_v1_ProcessRequest, _imageflow_v1_ProcessRequest__Output>
      ProcessResponse: MessageTypeDefinition<_imageflow_v1_ProcessResponse, _imageflow_v1_ProcessResponse__Output>
      ProcessingResult: MessageTypeDefinition<_imageflow_v1_ProcessingResult, _imageflow_v1_ProcessingResult__Output>
      ProcessingStatus: EnumTypeDefinition
      /**
       * The one protocol the pipeline engine speaks. Whoever implements it, in any language, adds components to the platform.
       */
      ProcessorService: SubtypeConstructor<typeof grpc.Client, _imageflow_v1_ProcessorServiceClient> & { service: _imageflow_v1_ProcessorServiceDefinition }
      Transform: MessageTypeDefinition<_imageflow_v1_Transform, _imageflow_v1_Transform__Output>
    }
  }
}

