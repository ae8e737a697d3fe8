/** Video by ffmpeg: cameras, files and devices are read, pictures become a video. */
export { encodeClip } from './encode.ts';
export { ffmpegVersion, findFfmpeg } from './ffmpeg.ts';
export type { TimedPicture } from './matroska.ts';
export { discoverCameras, type FoundCamera } from './onvif/discover.ts';
export { findRtsp, type OnvifCamera } from './onvif/find-rtsp.ts';
export { openReader, type Reader } from './reader.ts';
export type { Credentials, VideoSource } from './source.ts';
export { openWriter, type Writer, type Written } from './writer.ts';
