/**
 * Messages of /ws/camera-stream. Two forms with the same members:
 * - JSON: images are base64 in `frame_data` and `processed_data`.
 * - binary, when the client offers the subprotocol `imageflow.binary.v1`: a message with an image is
 *   4 bytes, the length of the head as an unsigned big-endian integer · the head, JSON in UTF-8, without the image's member · the image.
 *   Messages without an image are JSON texts in both forms, and the server takes both forms from every client.
 */
import { z } from 'zod';

export const binarySubprotocol = 'imageflow.binary.v1';

const parameters = z
  .record(z.string(), z.unknown())
  .meta({ description: 'As of an execution: by step_id, or flat', examples: [{ ai_detection: { confidence_threshold: 0.4 } }] });
const pipelineId = z
  .string()
  .min(1)
  .max(100)
  .meta({ description: 'The readable id or the UUID', examples: ['live-defects'] });
const sourceId = z
  .string()
  .min(1)
  .max(200)
  .meta({ examples: ['cam-001'] });
const output = z.enum(['image', 'none']).meta({ description: '"none": detections alone, no image is sent back' });
const timestampMs = z
  .int()
  .min(0)
  .meta({ description: 'Unix time of the capture, ms', examples: [1753612201085] });
const frameId = z
  .int()
  .min(0)
  .meta({ description: 'The client’s own number of the frame; it comes back', examples: [1] });
const wishes = {
  pipeline_id: pipelineId.optional(),
  parameters: parameters.optional(),
  source_id: sourceId.optional(),
  output: output.optional(),
};

export const videoFrameMessage = z
  .object({
    type: z.literal('video_frame'),
    frame_data: z.string().meta({ description: 'A JPEG, PNG or WebP image in base64', examples: ['/9j/4AAQSkZJRg=='] }),
    timestamp_ms: timestampMs.optional(),
    frame_id: frameId.optional(),
    ...wishes,
  })
  .meta({ id: 'VideoFrameMessage', description: 'A frame; pipeline_id and the like hold from this one on' });

/** The head of a binary message. */
export const videoFrameHead = videoFrameMessage
  .omit({ frame_data: true })
  .extend({ type: z.literal('video_frame').default('video_frame') });

export const startMessage = z
  .object({ type: z.literal('start'), ...wishes })
  .meta({ id: 'StartMessage', description: 'Starts, also after stop. The first frame that names a pipeline does so too' });

export const configMessage = z
  .object({ type: z.literal('config'), ...wishes })
  .meta({ id: 'ConfigMessage', description: 'Changes pipeline, parameters or output while the stream runs; what is left out stays' });

const bare = <T extends string, I extends string>(type: T, id: I, description: string) =>
  z.object({ type: z.literal(type) }).meta({ id, description });

export const pauseMessage = bare('pause', 'PauseMessage', 'Frames are dropped and counted until resume');
export const resumeMessage = bare('resume', 'ResumeMessage', 'Goes on after pause');
export const stopMessage = bare('stop', 'StopMessage', 'Gives the place in the service back; the connection stays');

export const cameraClientMessage = z.discriminatedUnion('type', [
  videoFrameMessage,
  startMessage,
  configMessage,
  pauseMessage,
  resumeMessage,
  stopMessage,
]);

export type CameraClientMessage = z.output<typeof cameraClientMessage>;

const base = {
  sequence: z.int().meta({ description: 'Counts the messages of this connection, from 1', examples: [1] }),
};
const timestamp = z.iso.datetime({ offset: true });
const problem = z.object({
  code: z.string().meta({ examples: ['IMAGE_BROKEN'] }),
  message: z.string(),
  step_id: z.string().optional(),
  retry_after: z.number().optional().meta({ description: 'Seconds' }),
});
const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });

export const streamDetection = z
  .object({
    class_name: z.string().meta({ examples: ['scratch'] }),
    class_id: z.int(),
    confidence: z.number().meta({ description: '0 to 1', examples: [0.87] }),
    bbox: box.meta({ description: 'Pixels of the image it was found in' }),
    bbox_original: box.meta({ description: 'Pixels of the frame as it was sent (upright)' }),
    track_id: z.int().optional().meta({ description: 'The same object has the same number in all frames of a stream' }),
  })
  .meta({ id: 'StreamDetection' });

export const processedFrameMessage = z
  .object({
    type: z.literal('processed_frame'),
    ...base,
    frame_id: frameId,
    timestamp_ms: timestampMs,
    source_id: z.string(),
    pipeline_id: z.string().meta({ examples: ['live-defects'] }),
    pipeline_version: z.int().optional(),
    detections: z.array(streamDetection),
    processing_time_ms: z.number().meta({ description: 'From the arrival of the frame at the server to this answer', examples: [35] }),
    processing_stats: z.record(z.string(), z.number()).meta({
      description:
        'ms of this frame: wait_ms (in the server), queue_ms (in the service), infer_ms (all steps), step.<step_id>_ms, total_ms',
      examples: [{ wait_ms: 0.4, queue_ms: 0.1, infer_ms: 33.9, total_ms: 35.2 }],
    }),
    frame_width: z.int().meta({ description: 'Of the frame as it was sent, upright; 0 when it could not be read', examples: [1280] }),
    frame_height: z.int().meta({ examples: [720] }),
    measures: z.record(z.string(), z.number()).optional(),
    attributes: z.record(z.string(), z.unknown()).optional().meta({ description: 'What the steps say besides, by step_id' }),
    areas: z
      .array(
        z.object({
          step_id: z.string(),
          name: z.string(),
          entered: z.number(),
          left: z.number(),
          inside: z.number(),
          mean_dwell_ms: z.number(),
          max_dwell_ms: z.number(),
          entered_by_class: z.record(z.string(), z.number()),
        }),
      )
      .optional()
      .meta({ description: 'Counts of lines and zones' }),
    error: problem.optional().meta({ description: 'Why this frame has no result; absent when it has one' }),
    content_type: z
      .string()
      .optional()
      .meta({ description: 'Of the image; absent without one', examples: ['image/jpeg'] }),
    processed_data: z.string().optional().meta({
      description: 'The image that leaves the pipeline, in base64; a stream’s viewer gets the frame itself when no step makes one',
    }),
  })
  .meta({ id: 'ProcessedFrameMessage' });

const counts = {
  received: z.int().meta({ description: 'Frames so far', examples: [300] }),
  answered: z.int().meta({ examples: [299] }),
  failed: z.int().meta({ description: 'Of those answered: with an error', examples: [0] }),
  dropped: z.int().meta({ description: 'Given up for newer ones', examples: [1] }),
};

export const streamFigures = z
  .object({
    fps: z.number().meta({ description: 'Frames answered a second', examples: [15] }),
    latency_ms: z
      .number()
      .nullable()
      .meta({ description: 'Median, as latency_p50_ms', examples: [35.2] }),
    fps_in: z.number().meta({ examples: [15] }),
    fps_out: z.number().meta({ examples: [15] }),
    latency_p50_ms: z
      .number()
      .nullable()
      .meta({ examples: [35.2] }),
    latency_p95_ms: z
      .number()
      .nullable()
      .meta({ examples: [48.9] }),
    ...counts,
    waiting: z.int().meta({ description: 'Frames that wait now, at most 2' }),
  })
  .meta({ id: 'StreamFigures' });

export type StreamFigures = z.output<typeof streamFigures>;

export const streamStatsMessage = z
  .object({
    type: z.literal('stream_stats'),
    ...base,
    timestamp,
    ...streamFigures.shape,
    unsent: z.int().meta({ description: 'Results that a slow reader did not get; newer ones took their place' }),
  })
  .meta({ id: 'StreamStatsMessage', description: 'Each second; figures of that second, counts since the stream began' });

export const streamState = z.enum(['idle', 'connecting', 'running', 'paused', 'waiting', 'stopped', 'failed', 'ended']).meta({
  id: 'StreamState',
  description:
    'idle: not started · connecting · running · paused · waiting: for the next try, after an error · stopped · failed: an error that trying again does not cure · ended: the file is over',
});

export type StreamState = z.output<typeof streamState>;

const stateBody = {
  ...base,
  timestamp,
  state: streamState,
  stream_id: z.uuid().nullable().meta({ description: 'Of a camera of the server; null when the client sends the frames' }),
  pipeline_id: z
    .string()
    .nullable()
    .meta({ examples: ['live-defects'] }),
  form: z.enum(['json', 'binary']).meta({ description: 'In which images are sent' }),
};

export const cameraSnapshotMessage = z
  .object({ type: z.literal('snapshot'), ...stateBody })
  .meta({ id: 'CameraSnapshotMessage', description: 'First after connecting' });

export const streamStateMessage = z
  .object({ type: z.literal('stream_state'), ...stateBody })
  .meta({ id: 'StreamStateMessage', description: 'When the state changes; also the answer to start, stop, pause, resume and config' });

export const streamErrorMessage = z
  .object({ type: z.literal('error'), ...base, error: problem })
  .meta({ id: 'StreamErrorMessage', description: 'A message that was not understood, or why the stream waits or has stopped' });

export const cameraServerMessage = z.discriminatedUnion('type', [
  cameraSnapshotMessage,
  streamStateMessage,
  processedFrameMessage,
  streamStatsMessage,
  streamErrorMessage,
]);

export type CameraServerMessage = z.output<typeof cameraServerMessage>;
export type ProcessedFrameMessage = z.output<typeof processedFrameMessage>;
