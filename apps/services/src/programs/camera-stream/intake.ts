/**
 * The frames of one stream on their way in: at most two wait. A client that floods is not read from until the frame in work is done.
 * States: open → ending (nothing new is taken; what waits is still handed out) → ended (`next` answers undefined).
 */

import { createFrameQueue } from '@imageflow/core';
import type { VideoFrame__Output } from '@imageflow/grpc';
import { type Counts, type Frame, type FrameLimits, toFrame } from './frames.ts';
import { changeSettings, firstSettings, type StreamSettings } from './settings.ts';

/** What the intake needs of a call. */
export interface FrameSource {
  on(event: 'data', listener: (message: VideoFrame__Output) => void): unknown;
  off(event: 'data', listener: (message: VideoFrame__Output) => void): unknown;
  pause(): unknown;
  resume(): unknown;
  isPaused(): boolean;
}

export interface IntakeHooks {
  /** The first message came. */
  readonly onFirst: () => void;
  /** Settings came without a frame: they are to be looked at now. */
  readonly onChange: (settings: StreamSettings) => void;
  readonly onDropped: (waitedMs: number) => void;
}

export interface Intake {
  readonly counts: Counts;
  /** The next frame to work on, when there is one; undefined when there will be none. */
  next(): Promise<Frame | undefined>;
  /** The frame handed out last is done. */
  worked(durationMs: number): void;
  end(): void;
  close(): void;
}

/** Frames read while one is worked on: more than a fast camera sends in a long time-out. */
const maxReadsPerFrame = 128;

export function createIntake(source: FrameSource, limits: FrameLimits, hooks: IntakeHooks): Intake {
  const queue = createFrameQueue<Frame>(() => performance.now());
  const counts: Counts = { received: 0, answered: 0, failed: 0, dropped: 0 };
  let settings = firstSettings;
  let reads = 0;
  let isEnding = false;
  let wake = () => {};

  function drop(frame: Frame | undefined): void {
    if (frame === undefined) return;
    counts.dropped += 1;
    hooks.onDropped(performance.now() - frame.arrivedAt);
  }

  function onMessage(message: VideoFrame__Output): void {
    hooks.onFirst();
    if (isEnding) return;
    settings = changeSettings(settings, message.metadata);
    if (message.frame_data.length === 0) {
      hooks.onChange(settings);
      return;
    }
    counts.received += 1;
    drop(queue.offer(toFrame(message, counts.received, settings, limits)));
    reads += 1;
    if (reads >= maxReadsPerFrame) source.pause();
    wake();
  }
  source.on('data', onMessage);

  return {
    counts,
    async next() {
      while (queue.waiting === 0 && !isEnding) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const next = queue.take();
      next?.dropped.forEach(drop);
      return next?.frame;
    },
    worked(durationMs) {
      queue.worked(durationMs);
      reads = 0;
      if (source.isPaused()) source.resume();
    },
    end() {
      isEnding = true;
      wake();
    },
    close() {
      source.off('data', onMessage);
      // Those that still wait, or whose answer found nobody.
      counts.dropped = counts.received - counts.answered;
    },
  };
}
