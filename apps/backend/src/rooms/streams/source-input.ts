/** What a client says of a source, checked: no other protocol, no other folder, no device that the operator has not allowed. */
import { realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { type Credentials, findRtsp, type VideoSource } from '@imageflow/adapters/video';
import type { StreamInput } from '@imageflow/contract';
import { AppError } from '@imageflow/core';
import type { VideoConfig } from '../../config.ts';

type SourceInput = StreamInput['source'];

export interface StoredSource extends Omit<VideoSource, 'credentials' | 'kind'> {
  readonly kind: VideoSource['kind'] | 'onvif';
  /** The wish for one. */
  readonly profile?: string;
}

export interface ParsedSource {
  readonly source: StoredSource;
  readonly credentials: Credentials | undefined;
}

/** @throws AppError VALIDATION_ERROR, UNPROCESSABLE */
export function parseSource(input: SourceInput, video: VideoConfig): ParsedSource {
  const common = { transport: input.transport ?? 'tcp', loop: input.loop ?? false } as const;
  switch (input.kind) {
    case 'rtsp': {
      const { address, credentials } = parseUrl(input);
      return { source: { kind: 'rtsp', address, ...common }, credentials };
    }
    case 'onvif': {
      const { address, credentials } = parseDeviceService(input);
      const profile = input.profile === undefined ? {} : { profile: input.profile };
      return { source: { kind: 'onvif', address, ...common, ...profile }, credentials };
    }
    case 'file':
      return { source: { kind: 'file', address: parsePath(input.path, video.folder), ...common }, credentials: undefined };
    case 'device':
      return { source: { kind: 'device', address: parseDevice(input.path, video), ...common }, credentials: undefined };
  }
}

interface Place {
  readonly address: string;
  readonly credentials: Credentials | undefined;
}

function parseUrl(input: SourceInput): Place {
  const parsed = URL.parse(input.url ?? '');
  if (parsed === null || !['rtsp:', 'rtsps:'].includes(parsed.protocol) || parsed.hostname === '') {
    throw invalid('source.url', 'rtsp:// または rtsps:// のアドレスにしてください', 'must be an rtsp:// or rtsps:// address');
  }
  return takeLogin(parsed, input);
}

function parseDeviceService(input: SourceInput): Place {
  const { url = '' } = input;
  const parsed = URL.parse(url.includes('://') ? url : `http://${url}`);
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
    throw invalid(
      'source.url',
      'ホスト、ホスト:ポート、または http(s):// のアドレスにしてください',
      'must be a host, host:port, or an http(s):// address',
    );
  }
  return takeLogin(parsed, input);
}

function takeLogin(parsed: URL, { username, password }: SourceInput): Place {
  const user = username ?? decode(parsed.username);
  const secret = password ?? decode(parsed.password);
  if (hasControl(user)) throw invalid('source.username', '制御文字は使えません', 'must not have control characters');
  parsed.username = '';
  parsed.password = '';
  return { address: parsed.href, credentials: user === '' && secret === '' ? undefined : { username: user, password: secret } };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('source.url', '% は %25 と書いてください', 'a % must be written as %25');
  }
}

/** Kept relative: the folder may move. */
function parsePath(path: string | undefined, folder: string): string {
  const inside = relative(folder, resolve(folder, path ?? ''));
  if (path !== undefined && inside !== '' && !inside.startsWith('..') && !isAbsolute(inside) && !hasControl(path)) return inside;
  throw invalid(
    'source.path',
    '動画フォルダ（IMAGEFLOW_VIDEO_DIR）からの相対パスにしてください',
    'must be a path inside the video folder (IMAGEFLOW_VIDEO_DIR)',
  );
}

function parseDevice(path: string | undefined, { allowsDevices }: VideoConfig): string {
  if (!allowsDevices) {
    throw new AppError('UNPROCESSABLE', {
      detail: {
        ja: 'サーバーのカメラは許可されていません。IMAGEFLOW_VIDEO_DEVICES=true で許可できます',
        en: 'Cameras of the server are not allowed. IMAGEFLOW_VIDEO_DEVICES=true allows them',
      },
    });
  }
  if (/^\/dev\/video\d{1,3}$/.test(path ?? '')) return path ?? '';
  throw invalid('source.path', '/dev/video0 の形にしてください', 'must be like /dev/video0');
}

/**
 * As ffmpeg opens it: an ONVIF camera is asked for its RTSP address; a link must not lead out of the folder.
 * @throws AppError VIDEO_UNREADABLE, CAMERA_UNREACHABLE, CAMERA_LOGIN_FAILED, CANCELLED
 */
export async function locate(
  source: StoredSource,
  credentials: Credentials | undefined,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<VideoSource> {
  const { kind, address, transport, loop, profile } = source;
  switch (kind) {
    case 'onvif': {
      const found = await findRtsp({ address, credentials, profile, transport }, signal);
      return { kind: 'rtsp', address: found, transport, loop, credentials };
    }
    case 'file':
      return { kind, address: await locateFile(address, folder), transport, loop, credentials };
    default:
      return { kind, address, transport, loop, credentials };
  }
}

async function locateFile(address: string, folder: string): Promise<string> {
  const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, address))]).catch((error: unknown) => {
    throw unreadable('ファイルがありません', 'there is no such file', error);
  });
  const inside = relative(root, path);
  if (inside.startsWith('..') || isAbsolute(inside)) throw unreadable('動画フォルダの外です', 'it lies outside of the video folder');
  return path;
}

function hasControl(text: string): boolean {
  return [...text].some((letter) => letter < ' ');
}

function unreadable(ja: string, en: string, cause?: unknown): AppError {
  return new AppError('VIDEO_UNREADABLE', {
    detail: { ja: `動画を読み取れません: ${ja}`, en: `The video cannot be read: ${en}` },
    retryable: false,
    cause,
  });
}

function invalid(field: string, ja: string, en: string): AppError {
  const message = { ja, en };
  return new AppError('VALIDATION_ERROR', { detail: { ja: `${field}: ${ja}`, en: `${field}: ${en}` }, faults: [{ field, message }] });
}
