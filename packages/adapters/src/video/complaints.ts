/** Why ffmpeg ended, in words for people. What it says itself can hold the camera's password and is never shown or logged. */
import { AppError } from '@imageflow/core';
import type { VideoSource } from './source.ts';

/** Undefined when a video is simply over. */
export function judgeEnd(source: VideoSource, code: number | null, complaints: string, frames: number): AppError | undefined {
  if (code === 0 && frames > 0) return source.kind === 'file' ? undefined : lost();
  if (/\b401\b|unauthori[sz]ed|\b403\b|forbidden/i.test(complaints)) return new AppError('CAMERA_LOGIN_FAILED');
  return source.kind === 'file' ? judgeFile(complaints) : judgeCamera(source, complaints, frames);
}

function judgeCamera(source: VideoSource, complaints: string, frames: number): AppError {
  const reason = reasons.find(({ pattern }) => pattern.test(complaints));
  if (reason !== undefined) return unreachable(reason.ja, reason.en);
  if (frames > 0) return lost();
  if (source.kind === 'device') return unreachable('デバイスを開けません', 'the device cannot be opened');
  return unreachable('応答がないか、映像ではありません', 'no answer, or an answer that is no video');
}

const reasons = [
  { pattern: /connection refused|ECONNREFUSED/i, ja: '接続を拒否されました', en: 'the connection was refused' },
  {
    pattern: /resolve hostname|name or service not known|ENOTFOUND|EAI_AGAIN/i,
    ja: 'ホスト名が見つかりません',
    en: 'there is no such host',
  },
  { pattern: /\b404\b|not found/i, ja: 'カメラにその映像はありません（404）', en: 'the camera has no such stream (404)' },
  {
    pattern: /no route|network is unreachable|EHOSTUNREACH|ENETUNREACH/i,
    ja: 'ネットワークに到達できません',
    en: 'there is no way to its network',
  },
  { pattern: /ECONNRESET|EPIPE|socket hang up/, ja: '接続が切断されました', en: 'it closed the connection' },
  { pattern: /timed? ?out/i, ja: '応答がありません', en: 'it does not answer' },
  { pattern: /no such file|no such device/i, ja: 'デバイスがありません', en: 'there is no such device' },
  { pattern: /permission denied/i, ja: 'アクセス権がありません', en: 'the server may not open it' },
];

/** Of Node's own connection to a camera. `foreign`: it spoke another protocol. */
export function judgeConnection(error: unknown, foreign: (cause: unknown) => AppError): AppError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const reason = reasons.find(({ pattern }) => pattern.test(`${code} ${message}`));
  return reason === undefined ? foreign(error) : unreachable(reason.ja, reason.en, error);
}

function judgeFile(complaints: string): AppError {
  if (/no such file/i.test(complaints)) return unreadable('ファイルがありません', 'there is no such file');
  if (/permission denied/i.test(complaints)) return unreadable('アクセス権がありません', 'the server may not read it');
  return unreadable('動画として読み取れません', 'it is not a video that can be read');
}

function lost(): AppError {
  return unreachable('映像が途切れました', 'the connection was lost');
}

export function unreachable(ja: string, en: string, cause?: unknown): AppError {
  return new AppError('CAMERA_UNREACHABLE', {
    detail: { ja: `カメラに接続できません: ${ja}`, en: `The camera cannot be reached: ${en}` },
    cause,
  });
}

/** A file does not mend itself. */
function unreadable(ja: string, en: string): AppError {
  return new AppError('VIDEO_UNREADABLE', {
    detail: { ja: `動画を読み取れません: ${ja}`, en: `The video cannot be read: ${en}` },
    retryable: false,
  });
}
