/** What a stream tells who watches it, between two backends. */
import type { WatchedResult, WatchedResult__Output, WatchedStatus, WatchedStatus__Output } from '@imageflow/grpc';
import type { LiveAnswer } from '../live/stream.ts';
import type { RunnerStatus, Watched } from '../watched.ts';

export function toWireStatus(stream: Watched): WatchedStatus {
  return { status_json: JSON.stringify(stream.status()), pipeline_id: stream.row.pipeline_id };
}

/** Written by a backend of this version, or of one close to it. */
export function fromWireStatus({ status_json }: WatchedStatus__Output): RunnerStatus {
  return JSON.parse(status_json) as RunnerStatus;
}

export function toWireResult({ frame, answer, settings, waitMs, totalMs }: LiveAnswer): WatchedResult {
  const hasImage = answer.processed_data.length > 0;
  return {
    answer,
    frame_data: hasImage ? Buffer.alloc(0) : frame.bytes,
    frame_id: frame.id,
    timestamp_ms: frame.timestampMs,
    pipeline_id: settings.pipelineId,
    source_id: settings.sourceId,
    wait_ms: waitMs,
    total_ms: totalMs,
  };
}

/** Undefined when it holds none. */
export function fromWireResult(result: WatchedResult__Output): LiveAnswer | undefined {
  const { answer, frame_data: bytes, frame_id: id, timestamp_ms: timestampMs, wait_ms: waitMs, total_ms: totalMs } = result;
  if (answer === null) return undefined;
  const settings = { pipelineId: result.pipeline_id, parameters: {}, output: 'image', sourceId: result.source_id } as const;
  return { frame: { id, timestampMs, bytes, arrivedAt: performance.now() - totalMs }, answer, settings, waitMs, totalMs };
}
