/** Frames out of ffmpeg's "mpjpeg": a line "--ffmpeg", headers, an empty line, as many bytes as the headers say. */
import { AppError } from '@imageflow/core';

/** Takes what arrives; hands each whole frame over. @throws AppError VIDEO_UNREADABLE when it is not such a stream, or a frame is too large. */
export type Splitter = (chunk: Buffer) => void;

const maxHeadBytes = 1024;

export function createSplitter(maxFrameBytes: number, onFrame: (frame: Buffer) => void): Splitter {
  let head: Buffer = Buffer.alloc(0);
  /** The frame that is being filled. */
  let frame: Buffer | undefined;
  let filled = 0;

  function readHead(chunk: Buffer): Buffer {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) {
      if (head.length > maxHeadBytes) throw unreadable('no headers');
      return Buffer.alloc(0);
    }
    const length = Number(/Content-length: *(\d+)/i.exec(head.toString('latin1', 0, end))?.[1]);
    if (!(length > 0)) throw unreadable('no length');
    if (length > maxFrameBytes) throw unreadable(`a frame of ${length} bytes`);
    frame = Buffer.allocUnsafeSlow(length);
    filled = 0;
    const rest = head.subarray(end + 4);
    head = Buffer.alloc(0);
    return rest;
  }

  return (chunk) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (frame === undefined) {
        rest = readHead(rest);
        continue;
      }
      const taken = rest.copy(frame, filled);
      filled += taken;
      rest = rest.subarray(taken);
      if (filled < frame.length) continue;
      const whole = frame;
      frame = undefined;
      onFrame(whole);
    }
  };
}

function unreadable(what: string): AppError {
  return new AppError('VIDEO_UNREADABLE', {
    detail: { ja: `映像の形式が想定と違います（${what}）`, en: `The video is not what was expected: ${what}` },
  });
}
