/** Makes clips one after the other, for all streams of this backend. Few may wait, since each holds its frames in memory. */
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeClip } from '@imageflow/adapters/video';
import { AppError, type ObjectStore } from '@imageflow/core';
import type { Logger } from 'pino';
import sharp from 'sharp';
import type { Cut } from './ring.ts';

export interface Clip extends Cut {
  readonly streamId: string;
  /** Frames that have this clip: each resolves with its id when it is stored, with undefined when that failed. */
  readonly kept: readonly Promise<string | undefined>[];
}

export interface Clipper {
  /** Never throws: a clip that cannot be made is counted and logged, and its frames stay without. */
  make(clip: Clip): void;
  /** Since the start. */
  readonly counts: { readonly made: number; readonly failed: number; readonly dropped: number };
  /** Lets those in work end for a moment, then gives them up. */
  close(): Promise<void>;
}

export interface ClipperNeeds {
  readonly objects: ObjectStore;
  readonly logger: Logger;
  /** Gives these archived frames their clip; answers how many of them are still there. */
  readonly attach: (archiveIds: readonly string[], key: string) => Promise<number>;
  /** For files in work; emptied. */
  readonly folder: string;
  readonly ffmpeg: () => Promise<string>;
}

const maxWaiting = 4;
const maxWaitingBytes = 128 * 1024 * 1024;
const maxClipBytes = 256 * 1024 * 1024;
const closeMs = 5_000;

export async function openClipper(needs: ClipperNeeds): Promise<Clipper> {
  const { logger, folder } = needs;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const stop = new AbortController();
  const counts = { made: 0, failed: 0, dropped: 0 };
  const waiting: Clip[] = [];
  let working: Promise<void> | undefined;

  async function work(): Promise<void> {
    for (let clip = waiting.shift(); clip !== undefined; clip = waiting.shift()) {
      try {
        if (await makeClip(clip, needs, stop.signal)) counts.made += 1;
      } catch (error) {
        counts.failed += 1;
        logger.warn({ err: error, stream_id: clip.streamId }, 'a clip could not be made; its frames stay without');
      }
    }
    working = undefined;
  }

  return {
    counts,
    make(clip) {
      const why = refusal(clip, waiting, stop.signal);
      if (why !== undefined) {
        counts.dropped += 1;
        logger.warn({ stream_id: clip.streamId }, `a clip is left out: ${why}`);
        return;
      }
      waiting.push(clip);
      working ??= work();
    },
    async close() {
      const timer = setTimeout(() => stop.abort(), closeMs);
      await working;
      clearTimeout(timer);
      stop.abort();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function refusal(clip: Clip, waiting: readonly Clip[], signal: AbortSignal): string | undefined {
  if (signal.aborted) return 'the backend stops';
  if (waiting.length >= maxWaiting) return `${maxWaiting} others wait already`;
  const bytes = [...waiting, clip].reduce((sum, { frames }) => sum + frames.reduce((own, frame) => own + frame.bytes.length, 0), 0);
  if (bytes > maxWaitingBytes) return `clips that wait would take ${Math.round(bytes / 1e6)} MB`;
  return undefined;
}

/** False when nothing needs it any more. */
async function makeClip({ streamId, kept, frames, isShortened }: Clip, needs: ClipperNeeds, signal: AbortSignal): Promise<boolean> {
  const { objects, logger, folder, attach } = needs;
  const archiveIds = (await Promise.all(kept)).filter((id) => id !== undefined);
  const first = frames[0];
  if (archiveIds.length === 0 || first === undefined) return false;
  if (signal.aborted) throw new AppError('CANCELLED');
  if (isShortened) logger.info({ stream_id: streamId, archive_ids: archiveIds }, 'a clip is shorter: its frames need too much memory');
  const name = `${archiveIds[0]}-clip.mp4`;
  const file = join(folder, name);
  const key = `streams/${streamId}/${name}`;
  try {
    const [size, ffmpeg] = await Promise.all([sharp(first.bytes).metadata(), needs.ffmpeg()]);
    await encodeClip(frames, file, { size, ffmpeg, signal });
    await store(file, key, objects, signal);
    const isNeeded = (await attach(archiveIds, key)) > 0;
    // Its frames were deleted meanwhile.
    if (!isNeeded) await objects.delete(key);
    return isNeeded;
  } finally {
    await rm(file, { force: true });
  }
}

async function store(file: string, key: string, objects: ObjectStore, signal: AbortSignal): Promise<void> {
  const bytes = createReadStream(file);
  try {
    await objects.put(key, bytes, { contentType: 'video/mp4', maxBytes: maxClipBytes, durable: true, signal });
  } finally {
    bytes.destroy();
  }
}
