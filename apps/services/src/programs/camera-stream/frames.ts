/** Frames as they come, and the answers to them. */

import { AppError, type FrameOutcome, type FrameResult, readFrameHead, tooManyBytes, tooManyPixels } from '@imageflow/core';
import type { CountedArea, ProcessedFrame, VideoFrame__Output } from '@imageflow/grpc';
import { toWireDetection } from '../../scaffold/wire.ts';
import type { PreparedPipeline } from './pipelines.ts';
import type { StreamSettings } from './settings.ts';

export interface Frame {
  readonly id: number;
  readonly timestampMs: number;
  /** Empty when `fault` is there: what is not worked on is not kept. */
  readonly bytes: Uint8Array;
  readonly fault: AppError | undefined;
  readonly settings: StreamSettings;
  /** ms of `performance.now()`. */
  readonly arrivedAt: number;
}

export interface FrameLimits {
  readonly maxFrameBytes: number;
  readonly maxFramePixels: number;
}

export interface Counts {
  received: number;
  answered: number;
  failed: number;
  dropped: number;
}

export function toFrame(frame: VideoFrame__Output, number: number, settings: StreamSettings, limits: FrameLimits): Frame {
  const fault = findFault(frame.frame_data, limits) ?? settings.fault;
  return {
    id: frame.frame_id || number,
    timestampMs: frame.timestamp_ms,
    bytes: fault === undefined ? frame.frame_data : new Uint8Array(),
    fault,
    settings,
    arrivedAt: performance.now(),
  };
}

/** Before anything decodes it. */
function findFault(bytes: Uint8Array, { maxFrameBytes, maxFramePixels }: FrameLimits): AppError | undefined {
  if (bytes.length > maxFrameBytes) return tooManyBytes(bytes.length, maxFrameBytes);
  const head = readFrameHead(bytes);
  if (head === undefined) return notAFrame();
  return head.width * head.height > maxFramePixels ? tooManyPixels(head.width, head.height, maxFramePixels) : undefined;
}

function notAFrame(): AppError {
  return new AppError('UNSUPPORTED_MEDIA', {
    detail: {
      ja: 'フレームは JPEG・PNG・WebP のいずれかの画像にしてください（途中で切れている可能性もあります）',
      en: 'A frame must be a JPEG, PNG or WebP image; this one is something else, or cut off',
    },
  });
}

export interface Work {
  readonly frame: Frame;
  readonly prepared: PreparedPipeline | undefined;
  readonly outcome: FrameOutcome | { readonly kind: 'refused'; readonly error: AppError };
  readonly areas: readonly CountedArea[];
  readonly startedAt: number;
  readonly endedAt: number;
}

/** `counts` includes this answer. */
export function toProcessedFrame(work: Work, counts: Counts): ProcessedFrame {
  const { frame, prepared, outcome } = work;
  const totalMs = performance.now() - frame.arrivedAt;
  const common = {
    frame_id: frame.id,
    timestamp_ms: frame.timestampMs,
    processing_time_ms: Math.round(totalMs),
    processing_stats: { ...toStats(work, totalMs), ...toTexts(counts), ...toNames(frame.settings, prepared) },
  };
  if (outcome.kind === 'completed') return { ...common, ...toAnswer(outcome, prepared), areas: [...work.areas] };
  const { code, detail, retryable } = outcome.error;
  const step_id = outcome.kind === 'failed' ? outcome.stepId : '';
  return { ...common, error: { code, message: { ...detail }, step_id, retryable } };
}

function toAnswer(result: FrameResult, prepared: PreparedPipeline | undefined): ProcessedFrame {
  const { encoded, attributes, size } = result;
  return {
    ...(encoded === undefined
      ? {}
      : { processed_data: Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength), content_type: typeOf(prepared) }),
    detections: result.detections.map(toWireDetection),
    measures: { ...result.measures },
    attributes_json: Object.keys(attributes).length === 0 ? '' : JSON.stringify(attributes),
    frame_width: size?.width ?? 0,
    frame_height: size?.height ?? 0,
  };
}

function typeOf(prepared: PreparedPipeline | undefined): string {
  return `image/${prepared?.encoding?.format ?? 'jpeg'}`;
}

function toStats({ frame, outcome, startedAt, endedAt }: Work, totalMs: number): Record<string, string> {
  const steps = outcome.kind === 'refused' ? [] : [...outcome.stepMs].map(([id, ms]) => [`step.${id}_ms`, ms.toFixed(2)]);
  return {
    queue_ms: (startedAt - frame.arrivedAt).toFixed(2),
    infer_ms: (endedAt - startedAt).toFixed(2),
    total_ms: totalMs.toFixed(2),
    ...Object.fromEntries(steps),
  };
}

function toTexts(counts: Counts): Record<string, string> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)]));
}

function toNames({ sourceId, pipelineId }: StreamSettings, prepared: PreparedPipeline | undefined): Record<string, string> {
  return {
    source_id: sourceId,
    pipeline_id: prepared?.pipelineId ?? pipelineId,
    ...(prepared === undefined ? {} : { pipeline_version: String(prepared.version) }),
  };
}
