/** A stream as MJPEG (multipart/x-mixed-replace): what a browser's <img> shows by itself. A reader that is slow gets fewer frames. */
import { PassThrough } from 'node:stream';
import type { Watched } from './watched.ts';

export const previewType = 'multipart/x-mixed-replace; boundary=frame';

/** One picture is in the pipe at a time. */
const maxBufferedBytes = 64 * 1024;

export function openPreview(stream: Watched, maxFps: number | undefined, signal: AbortSignal, onClose: () => void): PassThrough {
  const output = new PassThrough({ highWaterMark: maxBufferedBytes });
  const gapMs = maxFps === undefined ? 0 : 1000 / maxFps;
  let lastAt = Number.NEGATIVE_INFINITY;
  const show = (picture: Uint8Array, contentType: string): void => {
    const now = performance.now();
    if (output.writableNeedDrain || output.destroyed || now - lastAt < gapMs) return;
    lastAt = now;
    output.write(`--frame\r\nContent-Type: ${contentType}\r\nContent-Length: ${picture.length}\r\n\r\n`);
    output.write(picture);
    output.write('\r\n');
  };
  const unwatch = stream.watch({
    onAnswer({ answer: { processed_data: made, content_type }, frame }) {
      if (made.length > 0) show(made, content_type);
      else show(frame.bytes, 'image/jpeg');
    },
    onPlain: (frame) => show(frame, 'image/jpeg'),
    onStatus({ state }) {
      if (state === 'stopped') output.end('--frame--\r\n');
    },
  });
  const close = (): void => {
    unwatch();
    output.destroy();
  };
  output.once('close', () => {
    unwatch();
    onClose();
  });
  if (signal.aborted) close();
  else signal.addEventListener('abort', close, { once: true });
  return output;
}
