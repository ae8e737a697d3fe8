/** The latest frames of one stream, bounded in time and in bytes: what a clip is cut from. */
import type { TimedPicture } from '@imageflow/adapters/video';

export interface Cut {
  readonly frames: readonly TimedPicture[];
  /** Some were let go, since the frames of the wanted time need more memory than there may be. */
  readonly isShortened: boolean;
}

export interface FrameRing {
  add(frame: TimedPicture): void;
  /** Keeps as much from now on. */
  keep(seconds: number): void;
  /** Both ends included. */
  cut(fromMs: number, toMs: number): Cut;
}

export function createFrameRing(maxBytes: number): FrameRing {
  const frames: TimedPicture[] = [];
  let keptMs = 0;
  let bytes = 0;
  /** When the latest frame was taken that had to go for its bytes. */
  let lostAtMs = Number.NEGATIVE_INFINITY;

  const drop = (): number => {
    const first = frames.shift();
    bytes -= first?.bytes.length ?? 0;
    return first?.atMs ?? Number.NEGATIVE_INFINITY;
  };
  const dropOld = (nowMs: number): void => {
    while (frames.length > 0 && nowMs - (frames[0]?.atMs ?? 0) > keptMs) drop();
  };

  return {
    add(frame) {
      if (keptMs === 0) return;
      frames.push(frame);
      bytes += frame.bytes.length;
      dropOld(frame.atMs);
      while (bytes > maxBytes) lostAtMs = drop();
    },
    keep(seconds) {
      keptMs = seconds * 1000;
      if (keptMs > 0) return;
      frames.length = 0;
      bytes = 0;
    },
    cut: (fromMs, toMs) => ({
      frames: frames.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs),
      isShortened: lostAtMs >= fromMs,
    }),
  };
}
