// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { WatchStreamRequest as _imageflow_v1_WatchStreamRequest, WatchStreamRequest__Output as _imageflow_v1_WatchStreamRequest__Output } from '../../imageflow/v1/WatchStreamRequest.ts';
import type { WatchStreamResponse as _imageflow_v1_WatchStreamResponse, WatchStreamResponse__Output as _imageflow_v1_WatchStreamResponse__Output } from '../../imageflow/v1/WatchStreamResponse.ts';

/**
 * Between backends: a client may watch a stream at any of them, though one runs it. They call with `authorization: Bearer <service key>`.
 */
export interface StreamRelayServiceClient extends grpc.Client {
  /**
   * Ends when the stream no longer runs here. A caller that is slow gets the newest only.
   */
  WatchStream(argument: _imageflow_v1_WatchStreamRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_imageflow_v1_WatchStreamResponse__Output>;
  WatchStream(argument: _imageflow_v1_WatchStreamRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_imageflow_v1_WatchStreamResponse__Output>;
  /**
   * Ends when the stream no longer runs here. A caller that is slow gets the newest only.
   */
  watchStream(argument: _imageflow_v1_WatchStreamRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_imageflow_v1_WatchStreamResponse__Output>;
  watchStream(argument: _imageflow_v1_WatchStreamRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_imageflow_v1_WatchStreamResponse__Output>;
  
}

/**
 * Between backends: a client may watch a stream at any of them, though one runs it. They call with `authorization: Bearer <service key>`.
 */
export interface StreamRelayServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Ends when the stream no longer runs here. A caller that is slow gets the newest only.
   */
  WatchStream: grpc.handleServerStreamingCall<_imageflow_v1_WatchStreamRequest__Output, _imageflow_v1_WatchStreamResponse>;
  
}

export interface StreamRelayServiceDefinition extends grpc.ServiceDefinition {
  WatchStream: MethodDefinition<_imageflow_v1_WatchStreamRequest, _imageflow_v1_WatchStreamResponse, _imageflow_v1_WatchStreamRequest__Output, _imageflow_v1_WatchStreamResponse__Output>
}
