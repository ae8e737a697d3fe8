/** What a client of /ws/camera-stream sends, read once. */
import { type CameraClientMessage, cameraClientMessage, videoFrameHead } from '@imageflow/contract';
import { AppError, type LocalizedText } from '@imageflow/core';
import type { z } from 'zod';

export type ClientMessage =
  | {
      readonly kind: 'frame';
      readonly wishes: Wishes;
      readonly bytes: Uint8Array;
      readonly id: number | undefined;
      readonly timestampMs: number | undefined;
    }
  | { readonly kind: 'start' | 'config'; readonly wishes: Wishes }
  | { readonly kind: 'pause' | 'resume' | 'stop' };

export interface Wishes {
  readonly pipeline_id?: string | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly source_id?: string | undefined;
  readonly output?: 'image' | 'none' | undefined;
}

/** @throws AppError VALIDATION_ERROR, MALFORMED_BODY */
export function parseClientMessage(data: Buffer, isBinary: boolean): ClientMessage {
  return isBinary ? parseBinary(data) : parseText(data);
}

/** A browser that sends its JSON as bytes is understood too. */
function parseBinary(data: Buffer): ClientMessage {
  if (data[0] === openingBrace) return parseText(data);
  const length = data.length < 4 ? Number.POSITIVE_INFINITY : data.readUInt32BE(0);
  if (length > Math.min(data.length - 4, maxHeadBytes)) {
    throw malformed(
      '先頭の 4 バイトは、続く JSON の長さ（ビッグエンディアン）にしてください',
      'The first 4 bytes must be the length of the JSON that follows, big-endian',
    );
  }
  const head = check(videoFrameHead, parseJson(data.subarray(4, 4 + length)));
  return toFrame(head, data.subarray(4 + length));
}

const openingBrace = 0x7b;
const maxHeadBytes = 256 * 1024;

function parseText(data: Buffer): ClientMessage {
  const message: CameraClientMessage = check(cameraClientMessage, parseJson(data));
  switch (message.type) {
    case 'video_frame':
      return toFrame(message, decode(message.frame_data));
    case 'start':
    case 'config':
      return { kind: message.type, wishes: message };
    default:
      return { kind: message.type };
  }
}

function toFrame(head: z.output<typeof videoFrameHead>, bytes: Uint8Array): ClientMessage {
  return { kind: 'frame', wishes: head, bytes, id: head.frame_id, timestampMs: head.timestamp_ms };
}

/** What a canvas's toDataURL gives has a head of its own. */
function decode(text: string): Buffer {
  const start = text.startsWith('data:') ? text.indexOf(',') + 1 : 0;
  return Buffer.from(start === 0 ? text : text.slice(start), 'base64');
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    throw malformed('JSON として読み取れません', 'This is not JSON', error);
  }
}

function malformed(ja: string, en: string, cause?: unknown): AppError {
  return new AppError('MALFORMED_BODY', { detail: { ja, en }, cause });
}

function check<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.slice(0, 10).map(({ path, message }) => {
    const text: LocalizedText = { ja: `不正な値です（${message}）`, en: message };
    return { field: path.join('.') || 'message', message: text };
  });
  const first = faults[0];
  throw new AppError('VALIDATION_ERROR', {
    detail: { ja: `${first?.field}: ${first?.message.ja}`, en: `${first?.field}: ${first?.message.en}` },
    faults,
  });
}
