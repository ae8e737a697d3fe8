/** Why an ONVIF camera gave no address, in words for people. */
import { AppError } from '@imageflow/core';
import { unreachable } from '../complaints.ts';
import type { Profile } from './profiles.ts';

export function loginFailed(): AppError {
  return new AppError('CAMERA_LOGIN_FAILED');
}

export function notOnvif(cause?: unknown): AppError {
  return unreachable('ONVIF 機器として応答しません', 'it does not answer as an ONVIF device', cause);
}

export function late(limitMs: number, cause: unknown): AppError {
  const seconds = limitMs / 1000;
  return unreachable(`${seconds} 秒以内に ONVIF の応答がありません`, `it did not answer by ONVIF within ${seconds} s`, cause);
}

/** `reason`: the camera's words. */
export function refused(reason: string): AppError {
  return unreachable(`ONVIF の要求を拒否しました: ${reason}`, `it refused what ONVIF asks for: ${reason}`);
}

export function noMedia(): AppError {
  return unreachable('ONVIF のメディアサービスがありません', 'it has no media service of ONVIF');
}

export function noProfile(wanted: string | undefined, profiles: readonly Profile[]): AppError {
  if (wanted === undefined) return unreachable('映像のプロファイルがありません', 'it has no profile with video');
  const names = profiles.map(({ token, name }) => `${name} (${token})`).join(', ');
  return unreachable(
    `プロファイル ${wanted} がありません。あるのは ${names || 'なし'}`,
    `it has no profile ${wanted}. It has: ${names || 'none'}`,
  );
}

export function noRtsp(): AppError {
  return unreachable('RTSP のアドレスを返しません', 'it answers with no RTSP address');
}
