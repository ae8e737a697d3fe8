/**
 * A stream as MJPEG (multipart/x-mixed-replace): what a browser's <img> shows by itself. A reader that is slow gets fewer frames, and one that
 * takes nothing for long is left. While no frames come the last one is shown again: a connection on which nothing moves would be ended.
 */
import { PassThrough } from 'node:stream';
import type { Watched } from './watched.ts';

export const previewType = 'multipart/x-mixed-replace; boundary=frame';

/** One picture is in the pipe at a time. */
const maxBufferedBytes = 64 * 1024;
const tickMs = 1_000;
const stalledLimitMs = 10_000;
/** Well below the server's limit of connections on which nothing moves. */
const repeatMs = 20_000;

interface Picture {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/** Grey, 16 × 9 pixels: for a camera that has not given anything yet. */
const nothingYet: Picture = {
  bytes: Buffer.from(
    '/9j/2wBDABsbGxscGx4hIR4qLSgtKj04MzM4PV1CR0JHQl2NWGdYWGdYjX2Xe3N7l33gsJycsOD/2c7Z////////////////wgALCAAJABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAAAAX/2gAIAQEAAAAAmD//xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEBAAE/AB//2Q==',
    'base64',
  ),
  contentType: 'image/jpeg',
};

export function openPreview(stream: Watched, maxFps: number | undefined, signal: AbortSignal, onClose: () => void): PassThrough {
  const output = new PassThrough({ highWaterMark: maxBufferedBytes });
  const gapMs = maxFps === undefined ? 0 : 1000 / maxFps;
  let last = nothingYet;
  let shownAt = performance.now() - gapMs;
  const put = ({ bytes, contentType }: Picture): void => {
    shownAt = performance.now();
    output.write(`--frame\r\nContent-Type: ${contentType}\r\nContent-Length: ${bytes.length}\r\n\r\n`);
    output.write(bytes);
    output.write('\r\n');
  };
  const show = (picture: Picture): void => {
    if (output.writableNeedDrain || output.destroyed || performance.now() - shownAt < gapMs) return;
    last = picture;
    put(picture);
  };
  const unwatch = stream.watch({
    onAnswer({ answer: { processed_data: made, content_type }, frame }) {
      if (made.length > 0) show({ bytes: made, contentType: content_type });
      else show({ bytes: frame.bytes, contentType: 'image/jpeg' });
    },
    onPlain: (bytes) => show({ bytes, contentType: 'image/jpeg' }),
    onStatus({ state }) {
      if (state === 'stopped') output.end('--frame--\r\n');
    },
  });
  // What is still here so long after the last picture is not taken.
  const timer = setInterval(() => {
    const quietMs = performance.now() - shownAt;
    if (output.readableLength + output.writableLength > 0) {
      if (quietMs > stalledLimitMs) output.destroy();
    } else if (quietMs > repeatMs && !output.writableEnded) put(last);
  }, tickMs);
  output.once('close', () => {
    clearInterval(timer);
    unwatch();
    onClose();
  });
  const close = (): void => void output.destroy();
  if (signal.aborted) close();
  else signal.addEventListener('abort', close, { once: true });
  return output;
}
