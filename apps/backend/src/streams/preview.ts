/** A stream as MJPEG (multipart/x-mixed-replace): what a browser's <img> shows by itself. A reader that is slow gets fewer frames. */
import { PassThrough } from 'node:stream';
import type { Runner } from './runner.ts';

export const previewType = 'multipart/x-mixed-replace; boundary=frame';

/** One picture is in the pipe at a time. */
const maxBufferedBytes = 64 * 1024;

export function openPreview(runner: Runner, maxFps: number | undefined, signal: AbortSignal, onClose: () => void): PassThrough {
  const output = new PassThrough({ highWaterMark: maxBufferedBytes });
  const gapMs = maxFps === undefined ? 0 : 1000 / maxFps;
  let lastAt = Number.NEGATIVE_INFINITY;
  const unwatch = runner.watch({
    onPicture(picture, contentType) {
      const now = performance.now();
      if (output.writableNeedDrain || output.destroyed || now - lastAt < gapMs) return;
      lastAt = now;
      output.write(`--frame\r\nContent-Type: ${contentType}\r\nContent-Length: ${picture.length}\r\n\r\n`);
      output.write(picture);
      output.write('\r\n');
    },
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
