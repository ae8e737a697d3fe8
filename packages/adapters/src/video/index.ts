/** Video that ffmpeg reads: cameras, files, devices. */
export { ffmpegVersion, findFfmpeg } from './ffmpeg.ts';
export { openReader, type Reader } from './reader.ts';
export type { Credentials, VideoSource } from './source.ts';
