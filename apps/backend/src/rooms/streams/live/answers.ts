/** Results as messages of /ws/camera-stream: JSON with base64, or a head and the image's bytes. */
import type { ProcessedFrame__Output } from '@imageflow/grpc';
import type { Language } from '../../../doors/language.ts';
import type { LiveAnswer } from './stream.ts';

export type Form = 'json' | 'binary';

export interface Encoded {
  readonly bytes: Buffer;
  readonly isText: boolean;
}

/** `fallback`: sent when the pipeline makes no image; undefined = none. */
export function encodeAnswer(answer: LiveAnswer, sequence: number, form: Form, language: Language, fallback?: Uint8Array): Encoded {
  const { processed_data: made, content_type } = answer.answer;
  const image = made.length > 0 ? made : fallback;
  const head = {
    ...toHead(answer, sequence, language),
    ...(image !== undefined && { content_type: made.length > 0 ? content_type : 'image/jpeg' }),
  };
  if (image === undefined) return { bytes: Buffer.from(JSON.stringify(head)), isText: true };
  return form === 'binary' ? { bytes: toBinary(head, image), isText: false } : { bytes: toJson(head, image), isText: true };
}

/** 4 bytes, the length of the head, big-endian; the head, JSON in UTF-8; the image. */
function toBinary(head: object, image: Uint8Array): Buffer {
  const text = JSON.stringify(head);
  const length = Buffer.byteLength(text);
  const message = Buffer.allocUnsafe(4 + length + image.length);
  message.writeUInt32BE(length, 0);
  message.write(text, 4);
  message.set(image, 4 + length);
  return message;
}

/** Made once as bytes: joining strings of this size costs twice as much (100 KB: 330 against 159 µs, 2 cores, November 2026). */
function toJson(head: object, image: Uint8Array): Buffer {
  const start = `${JSON.stringify(head).slice(0, -1)},"processed_data":"`;
  const base64 = Buffer.from(image.buffer, image.byteOffset, image.byteLength).toString('base64');
  const length = Buffer.byteLength(start);
  const message = Buffer.allocUnsafe(length + base64.length + 2);
  message.write(start, 0);
  message.write(base64, length, 'latin1');
  message.write('"}', length + base64.length, 'latin1');
  return message;
}

function toHead({ frame, answer, settings, waitMs, totalMs }: LiveAnswer, sequence: number, language: Language) {
  const { processing_stats: stats, error, attributes_json: attributes } = answer;
  return {
    type: 'processed_frame',
    sequence,
    frame_id: frame.id,
    timestamp_ms: frame.timestampMs,
    source_id: settings.sourceId,
    pipeline_id: stats.pipeline_id ?? settings.pipelineId,
    ...(stats.pipeline_version !== undefined && { pipeline_version: Number(stats.pipeline_version) }),
    detections: toDetections(answer),
    processing_time_ms: Math.round(totalMs * 10) / 10,
    processing_stats: toTimes(stats, waitMs, totalMs),
    frame_width: answer.frame_width,
    frame_height: answer.frame_height,
    ...(Object.keys(answer.measures).length > 0 && { measures: answer.measures }),
    ...(attributes !== '' && { attributes: JSON.parse(attributes) as unknown }),
    ...(answer.areas.length > 0 && { areas: answer.areas }),
    ...(error !== null && { error: toProblem(error, language) }),
  };
}

export function toDetections({ detections }: Pick<ProcessedFrame__Output, 'detections'>) {
  const none = { x: 0, y: 0, width: 0, height: 0 };
  return detections.map(({ class_name, class_id, confidence, bbox, bbox_original, track_id }) => ({
    class_name,
    class_id,
    confidence,
    bbox: bbox ?? none,
    bbox_original: bbox_original ?? bbox ?? none,
    ...(track_id > 0 && { track_id }),
  }));
}

function toTimes(stats: Readonly<Record<string, string>>, waitMs: number, totalMs: number): Record<string, number> {
  const times = Object.entries(stats).flatMap(([name, text]) => (name.endsWith('_ms') ? [[name, Number(text)] as const] : []));
  return { ...Object.fromEntries(times), wait_ms: round(waitMs), total_ms: round(totalMs) };
}

function toProblem(error: NonNullable<ProcessedFrame__Output['error']>, language: Language) {
  return { code: error.code, message: error.message?.[language] ?? error.code, ...(error.step_id !== '' && { step_id: error.step_id }) };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
