// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { HealthCheckRequest as _imageflow_v1_HealthCheckRequest, HealthCheckRequest__Output as _imageflow_v1_HealthCheckRequest__Output } from '../../imageflow/v1/HealthCheckRequest.ts';
import type { HealthCheckResponse as _imageflow_v1_HealthCheckResponse, HealthCheckResponse__Output as _imageflow_v1_HealthCheckResponse__Output } from '../../imageflow/v1/HealthCheckResponse.ts';
import type { ProcessedFrame as _imageflow_v1_ProcessedFrame, ProcessedFrame__Output as _imageflow_v1_ProcessedFrame__Output } from '../../imageflow/v1/ProcessedFrame.ts';
import type { VideoFrame as _imageflow_v1_VideoFrame, VideoFrame__Output as _imageflow_v1_VideoFrame__Output } from '../../imageflow/v1/VideoFrame.ts';

/**
 * Runs a pipeline on live video, in memory: nothing is stored.
 */
export interface CameraStreamServiceClient extends grpc.Client {
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  HealthCheck(argument: _imageflow_v1_HealthCheckRequest, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  healthCheck(argument: _imageflow_v1_HealthCheckRequest, callback: grpc.requestCallback<_imageflow_v1_HealthCheckResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Frames in, results out, in order. At most two frames wait; the newest wins. Every frame is answered or counted in
   * `processing_stats["dropped"]`. A frame that is at fault is answered with its `error`; a pipeline that is at fault ends the stream with
   * a status. With `authorization: Bearer <access token or service key>` in the metadata, which a client on the same machine may leave out.
   */
  ProcessVideoStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_imageflow_v1_VideoFrame, _imageflow_v1_ProcessedFrame__Output>;
  ProcessVideoStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_imageflow_v1_VideoFrame, _imageflow_v1_ProcessedFrame__Output>;
  /**
   * Frames in, results out, in order. At most two frames wait; the newest wins. Every frame is answered or counted in
   * `processing_stats["dropped"]`. A frame that is at fault is answered with its `error`; a pipeline that is at fault ends the stream with
   * a status. With `authorization: Bearer <access token or service key>` in the metadata, which a client on the same machine may leave out.
   */
  processVideoStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_imageflow_v1_VideoFrame, _imageflow_v1_ProcessedFrame__Output>;
  processVideoStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_imageflow_v1_VideoFrame, _imageflow_v1_ProcessedFrame__Output>;
  
}

/**
 * Runs a pipeline on live video, in memory: nothing is stored.
 */
export interface CameraStreamServiceHandlers extends grpc.UntypedServiceImplementation {
  HealthCheck: grpc.handleUnaryCall<_imageflow_v1_HealthCheckRequest__Output, _imageflow_v1_HealthCheckResponse>;
  
  /**
   * Frames in, results out, in order. At most two frames wait; the newest wins. Every frame is answered or counted in
   * `processing_stats["dropped"]`. A frame that is at fault is answered with its `error`; a pipeline that is at fault ends the stream with
   * a status. With `authorization: Bearer <access token or service key>` in the metadata, which a client on the same machine may leave out.
   */
  ProcessVideoStream: grpc.handleBidiStreamingCall<_imageflow_v1_VideoFrame__Output, _imageflow_v1_ProcessedFrame>;
  
}

export interface CameraStreamServiceDefinition extends grpc.ServiceDefinition {
  HealthCheck: MethodDefinition<_imageflow_v1_HealthCheckRequest, _imageflow_v1_HealthCheckResponse, _imageflow_v1_HealthCheckRequest__Output, _imageflow_v1_HealthCheckResponse__Output>
  ProcessVideoStream: MethodDefinition<_imageflow_v1_VideoFrame, _imageflow_v1_ProcessedFrame, _imageflow_v1_VideoFrame__Output, _imageflow_v1_ProcessedFrame__Output>
}
