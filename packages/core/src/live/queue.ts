/**
 * The frames of one stream that wait: at most two, and a newer one takes the place of the oldest.
 * While the work keeps up with the camera the older of two goes first, so that frames that arrive together are all worked on. When it
 * does not, the newest goes first and the older is dropped: latency then stays below one frame's wait and one frame's work.
 */

export interface FrameQueue<Frame> {
  /** Answers the frame that lost its place, if one did. */
  offer(frame: Frame): Frame | undefined;
  /** Undefined when none waits. */
  take(): { readonly frame: Frame; readonly dropped: readonly Frame[] } | undefined;
  /** Tells how long the work on a frame took. */
  worked(durationMs: number): void;
  readonly waiting: number;
  /** Whether frames come faster than they are worked on. */
  isOverloaded(): boolean;
}

const maxWaitingFrames = 2;
/** Share of the newest value in the running means: about the last ten frames count. */
const newestShare = 0.1;

/** `now` in ms, of any beginning. */
export function createFrameQueue<Frame>(now: () => number): FrameQueue<Frame> {
  const waiting: Frame[] = [];
  let lastArrival: number | undefined;
  let intervalMs: number | undefined;
  let workMs: number | undefined;

  const isOverloaded = () => workMs !== undefined && intervalMs !== undefined && workMs > intervalMs;

  return {
    offer(frame) {
      const at = now();
      if (lastArrival !== undefined) intervalMs = mean(intervalMs, at - lastArrival);
      lastArrival = at;
      waiting.push(frame);
      return waiting.length > maxWaitingFrames ? waiting.shift() : undefined;
    },
    take() {
      const dropped = isOverloaded() ? waiting.splice(0, waiting.length - 1) : [];
      const frame = waiting.shift();
      return frame === undefined ? undefined : { frame, dropped };
    },
    worked(durationMs) {
      workMs = mean(workMs, durationMs);
    },
    get waiting() {
      return waiting.length;
    },
    isOverloaded,
  };
}

function mean(before: number | undefined, newest: number): number {
  return before === undefined ? newest : before + newestShare * (newest - before);
}
