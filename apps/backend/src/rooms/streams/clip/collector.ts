/** Collects the seconds around the frames of one stream that are kept. Frames kept while a clip is being taken share it. */
import type { Clock } from '@imageflow/core';
import type { LiveFrame } from '../live/stream.ts';
import type { Clipper } from './clipper.ts';
import { createFrameRing } from './ring.ts';

export interface Collector {
  /** Each frame of the source. */
  frame(frame: LiveFrame): void;
  /** One of them is being kept: resolves with its id in the archive, or with undefined when that failed. */
  event(frame: LiveFrame, kept: Promise<string | undefined>): void;
  /** The clip that is being taken ends here. */
  close(): void;
}

/** Of each stream that takes clips: ten seconds of 1080p at 15 fps need about 40 MB. */
const maxBytes = 64 * 1024 * 1024;
/** An answer may come so long after its frame. */
const slackSeconds = 5;

interface Taking {
  readonly fromMs: number;
  readonly toMs: number;
  readonly kept: Promise<string | undefined>[];
  readonly cancel: () => void;
}

export interface CollectorNeeds {
  readonly clipper: Pick<Clipper, 'make'>;
  readonly clock: Clock;
  readonly streamId: string;
  /** As the stream is set now; null: it takes no clips. */
  readonly wishes: () => ClipWishes | null;
}

export interface ClipWishes {
  readonly before_seconds: number;
  readonly after_seconds: number;
}

export function createCollector({ clipper, clock, streamId, wishes }: CollectorNeeds): Collector {
  const ring = createFrameRing(maxBytes);
  let taking: Taking | undefined;

  function finish(): void {
    if (taking === undefined) return;
    const { fromMs, toMs, kept, cancel } = taking;
    taking = undefined;
    cancel();
    clipper.make({ streamId, kept, ...ring.cut(fromMs, toMs) });
  }

  return {
    frame({ arrivedAt, bytes }) {
      const wished = wishes();
      ring.keep(wished === null ? 0 : wished.before_seconds + wished.after_seconds + slackSeconds);
      ring.add({ atMs: arrivedAt, bytes });
    },
    event({ arrivedAt }, kept) {
      const wished = wishes();
      if (wished === null) return;
      if (taking !== undefined && arrivedAt <= taking.toMs) {
        taking.kept.push(kept);
        return;
      }
      finish();
      const toMs = arrivedAt + wished.after_seconds * 1000;
      const delayMs = Math.max(toMs - performance.now(), 0);
      taking = { fromMs: arrivedAt - wished.before_seconds * 1000, toMs, kept: [kept], cancel: clock.after(delayMs, finish) };
    },
    close: finish,
  };
}
