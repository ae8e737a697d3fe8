/** What `stream` was asked for, checked before anything is started. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Credentials, findRtsp, type VideoSource } from '@imageflow/adapters/video';
import type { CliConfig } from '../config.ts';
import { Stop } from '../exit.ts';
import { openPrompt } from '../prompt.ts';

const highestFps = 120;

/** rtsp://…, onvif://…, a device, or else a file. A camera's password may come from the environment or be typed. */
export async function parseVideoSource(text: string, config: CliConfig): Promise<VideoSource> {
  const common = { transport: 'tcp', loop: false } as const;
  if (/^rtsps?:/i.test(text)) {
    const { address, credentials } = await parseCamera(text, config);
    return { kind: 'rtsp', address, credentials, ...common };
  }
  if (/^onvif:/i.test(text)) {
    const { address, credentials } = await parseCamera(text, config);
    return { kind: 'rtsp', address: await askOnvif(address, credentials), credentials, ...common };
  }
  if (/^[a-z]+:\/\//i.test(text)) throw notUnderstood(text);
  const facts = await stat(text).catch((error: unknown) => {
    throw new Stop('usage', `${text} がありません`, `There is no ${text}`, error);
  });
  if (facts.isCharacterDevice()) return { kind: 'device', address: resolve(text), credentials: undefined, ...common };
  if (facts.isFile()) return { kind: 'file', address: resolve(text), credentials: undefined, ...common };
  throw notUnderstood(text);
}

async function parseCamera(text: string, config: CliConfig): Promise<{ address: string; credentials: Credentials | undefined }> {
  const url = URL.parse(text);
  if (url === null || url.hostname === '') throw notUnderstood(text);
  const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = '';
  url.password = '';
  if (username === '' && password === '') return { address: url.href, credentials: undefined };
  return {
    address: url.href,
    credentials: { username, password: password || (config.cameraPassword ?? (await askPassword(username, config))) },
  };
}

/** `address`: onvif://host[:port][/path][?profile=…] */
function askOnvif(address: string, credentials: Credentials | undefined): Promise<string> {
  const url = URL.parse(address.replace(/^onvif/i, 'http'));
  if (url === null) throw notUnderstood(address);
  const profile = url.searchParams.get('profile') ?? undefined;
  url.searchParams.delete('profile');
  // It has a limit of its own.
  const signal = AbortSignal.any([]);
  return findRtsp({ address: url.href, credentials, profile, transport: 'tcp' }, signal);
}

async function askPassword(username: string, { say }: CliConfig): Promise<string> {
  const prompt = openPrompt();
  try {
    return await prompt.askSecret(say({ ja: `カメラのパスワード（${username}）: `, en: `Password of the camera (${username}): ` }));
  } finally {
    prompt.close();
  }
}

export function parseFps(text: string): number {
  const fps = Number(text);
  if (fps > 0 && fps <= highestFps) return fps;
  throw new Stop(
    'usage',
    `--max-fps は 0 より大きく ${highestFps} 以下です: ${text}`,
    `--max-fps is above 0 and at most ${highestFps}: ${text}`,
  );
}

/** ms; undefined: without end. */
export function parseSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (seconds > 0 && seconds < 2 ** 31 / 1000) return seconds * 1000;
  throw new Stop('usage', `--seconds は 0 より大きい数です: ${text}`, `--seconds is a number above 0: ${text}`);
}

export function checkOut(file: string | undefined): string | undefined {
  if (file === undefined || /\.mp4$/i.test(file)) return file;
  throw new Stop('usage', `--out は .mp4 のファイルです: ${file}`, `--out is a file that ends in .mp4: ${file}`);
}

function notUnderstood(text: string): Stop {
  // It may hold a password.
  const shown = text.replace(/\/\/[^/@]*@/, '//…@');
  return new Stop(
    'usage',
    `映像の入力が読めません: ${shown}。rtsp://…、onvif://…、動画ファイル、/dev/video0 のいずれかです`,
    `This is no source of video: ${shown}. It is rtsp://…, onvif://…, a video file, or /dev/video0`,
  );
}
