/** Collects the seconds around the frames of one stream that are kept. Frames kept while a clip is being taken share it. */
import type { Clock } from '@imageflow/core';
import type { LiveFrame } from '../live/stream.ts';
import type { StreamRow } from '../streams.queries.ts';
import { archiveOf } from '../streams.service.ts';
import type { Clipper } from './clipper.ts';
import { createFrameRing } from './ring.ts';

export interface Collector {
  /** Each frame of the source. */
  frame(frame: LiveFrame, row: StreamRow): void;
  /** One of them is being kept: resolves with its id in the archive, or with undefined when that failed. */
  event(frame: LiveFrame, kept: Promise<string | undefined>, row: StreamRow): void;
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

export function createCollector({ clipper, clock }: { readonly clipper: Clipper; readonly clock: Clock }): Collector {
  const ring = createFrameRing(maxBytes);
  const read = once(wishesOf);
  let taking: Taking | undefined;

  function finish(streamId: string): void {
    if (taking === undefined) return;
    const { fromMs, toMs, kept, cancel } = taking;
    taking = undefined;
    cancel();
    clipper.make({ streamId, kept, ...ring.cut(fromMs, toMs) });
  }

  let streamId = '';
  return {
    frame({ arrivedAt, bytes }, row) {
      const wishes = read(row);
      ring.keep(wishes === undefined ? 0 : wishes.before + wishes.after + slackSeconds);
      ring.add({ atMs: arrivedAt, bytes });
    },
    event({ arrivedAt }, kept, row) {
      const wishes = read(row);
      if (wishes === undefined) return;
      streamId = row.id;
      if (taking !== undefined && arrivedAt <= taking.toMs) {
        taking.kept.push(kept);
        return;
      }
      finish(streamId);
      const toMs = arrivedAt + wishes.after * 1000;
      const delayMs = Math.max(toMs - performance.now(), 0);
      const cancel = clock.after(delayMs, () => finish(row.id));
      taking = { fromMs: arrivedAt - wishes.before * 1000, toMs, kept: [kept], cancel };
    },
    close: () => finish(streamId),
  };
}

function wishesOf(row: StreamRow): { readonly before: number; readonly after: number } | undefined {
  const { clip } = archiveOf(row);
  return clip === null ? undefined : { before: clip.before_seconds, after: clip.after_seconds };
}

/** Frames are many, changes of a row are few. */
function once<T>(make: (row: StreamRow) => T): (row: StreamRow) => T {
  let last: { readonly revision: number; readonly value: T } | undefined;
  return (row) => {
    if (last?.revision !== row.revision) last = { revision: row.revision, value: make(row) };
    return last.value;
  };
}
