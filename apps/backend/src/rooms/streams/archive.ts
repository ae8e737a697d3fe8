/** Keeps the frames of a stream that a rule names: picture, thumbnail, row, message. */
import type { ArchiveRule } from '@imageflow/contract';
import type { Clock, Ids } from '@imageflow/core';
import type { Logger } from 'pino';
import sharp from 'sharp';
import { type AnnounceNeeds, announceArchived } from './archive.announce.ts';
import { type ArchiveRow, insertArchived } from './archive.queries.ts';
import { toDetections } from './live/answers.ts';
import type { LiveAnswer } from './live/stream.ts';
import type { StreamRow } from './streams.queries.ts';
import { archiveOf } from './streams.service.ts';

export interface ArchiveNeeds extends AnnounceNeeds {
  readonly ids: Ids;
  readonly logger: Logger;
}

export interface Archiver {
  /** What is kept of it; undefined when no rule wants it, or it is let go. */
  consider(answer: LiveAnswer, row: StreamRow): Kept | undefined;
  /** Resolves when what was kept is stored, or after a moment: a store that is away must not hold up who stops a stream. */
  close(): Promise<void>;
}

export interface Kept {
  readonly reason: ArchiveRule['when'];
  /** Resolves when it is stored, with undefined when that failed. */
  readonly id: Promise<string | undefined>;
}

/** Of all streams of this backend since its start. */
export interface ArchiveCounts {
  kept: number;
  /** The store did not take them. */
  failed: number;
  /** Let go, since too many were waiting for the store. */
  dropped: number;
}

/** Frames of one stream that may wait for the store; more are let go, so that a slow store cannot fill the memory. */
const maxWaiting = 4;
/** Messages that may wait for the bus; the upkeep sends the others. */
const maxAnnouncing = 8;
const thumbnailWidth = 320;
const maxPictureBytes = 16 * 1024 * 1024;
const closeMs = 3_000;
/** An outage is told once, and then so often. */
const tellAgainMs = 60_000;

export function createArchiver(needs: ArchiveNeeds & { readonly counts: ArchiveCounts }): Archiver {
  const { counts, clock, logger } = needs;
  const lastKept = new Map<string, number>();
  const saving = new Set<Promise<unknown>>();
  const tell = createTeller(clock);
  let announcing = 0;

  async function keep(answer: LiveAnswer, row: StreamRow, reason: ArchiveRule['when'], expiresAt: Date): Promise<string | undefined> {
    try {
      const kept = await save(answer, row, reason, expiresAt, needs);
      counts.kept += 1;
      void announce(kept, row.name);
      return kept.id;
    } catch (error) {
      counts.failed += 1;
      tell(() => logger.warn({ err: error, stream_id: row.id, failed: counts.failed }, 'a frame could not be kept; the stream goes on'));
      return undefined;
    }
  }

  /** Nobody waits for it: the bus may be away for hours. */
  async function announce(kept: ArchiveRow, sourceId: string): Promise<void> {
    if (announcing >= maxAnnouncing) return;
    announcing += 1;
    try {
      await announceArchived(kept, sourceId, needs);
    } catch (error) {
      logger.debug({ err: error, archive_id: kept.id }, 'a kept frame is announced later');
    } finally {
      announcing -= 1;
    }
  }

  return {
    consider(answer, row) {
      const { rules, min_gap_seconds, retention_days } = archiveOf(row);
      const now = clock.now();
      for (const rule of rules) {
        const key = JSON.stringify(rule);
        const gapMs = (rule.when === 'interval' ? rule.every_seconds : min_gap_seconds) * 1000;
        if (now - (lastKept.get(key) ?? Number.NEGATIVE_INFINITY) < gapMs || !applies(rule, answer)) continue;
        lastKept.set(key, now);
        if (saving.size >= maxWaiting) {
          counts.dropped += 1;
          tell(() => logger.warn({ stream_id: row.id, dropped: counts.dropped }, 'the store is too slow: frames are not kept'));
          return undefined;
        }
        const id = keep(answer, row, rule.when, new Date(now + retention_days * 86_400_000));
        const work: Promise<unknown> = id.then(() => saving.delete(work));
        saving.add(work);
        return { reason: rule.when, id };
      }
      return undefined;
    },
    async close() {
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = clock.after(closeMs, resolve);
      await Promise.race([Promise.all(saving), promise]);
      cancel();
    },
  };
}

function createTeller(clock: Clock): (say: () => void) => void {
  let lastAt = Number.NEGATIVE_INFINITY;
  return (say) => {
    if (clock.now() - lastAt < tellAgainMs) return;
    lastAt = clock.now();
    say();
  };
}

function applies(rule: ArchiveRule, { answer }: LiveAnswer): boolean {
  switch (rule.when) {
    case 'class':
      return answer.detections.some((found) => rule.classes.includes(found.class_name) && found.confidence >= rule.min_confidence);
    case 'confidence':
      return answer.detections.some(({ confidence }) => confidence >= rule.from && confidence <= rule.to);
    case 'interval':
      return answer.error === null;
    case 'ng':
      return answer.error?.code === 'QUALITY_REJECTED' || saysNg(answer.attributes_json);
  }
}

/** A step's word on the frame, e.g. {"quality": {"passed": false}} or {"verdict": "NG"}. */
function saysNg(attributes: string): boolean {
  if (attributes === '') return false;
  let isNg = false;
  JSON.parse(attributes, (key, value: unknown) => {
    if ((key === 'passed' && value === false) || (key === 'verdict' && value === 'NG')) isNg = true;
    return value;
  });
  return isNg;
}

async function save(
  live: LiveAnswer,
  row: StreamRow,
  reason: ArchiveRule['when'],
  expiresAt: Date,
  { db, objects, ids }: ArchiveNeeds,
): Promise<ArchiveRow> {
  const id = ids.next();
  const key = `streams/${row.id}/${id}.jpg`;
  const thumbnailKey = `streams/${row.id}/${id}-thumbnail.jpg`;
  const kept = toRow(live, row, { id, reason, expiresAt, key, thumbnailKey });
  const thumbnail = await sharp(live.frame.bytes).resize({ width: thumbnailWidth, withoutEnlargement: true }).jpeg().toBuffer();
  const terms = { contentType: 'image/jpeg', maxBytes: maxPictureBytes, durable: true };
  try {
    await objects.put(key, live.frame.bytes, terms);
    await objects.put(thumbnailKey, thumbnail, terms);
    await insertArchived(db, kept);
  } catch (error) {
    // Half of it is of no use, and nobody would find it.
    await Promise.allSettled([objects.delete(key), objects.delete(thumbnailKey)]);
    throw error;
  }
  return kept;
}

interface Place {
  readonly id: string;
  readonly reason: ArchiveRule['when'];
  readonly expiresAt: Date;
  readonly key: string;
  readonly thumbnailKey: string;
}

function toRow({ frame, answer, settings }: LiveAnswer, row: StreamRow, { id, reason, expiresAt, key, thumbnailKey }: Place): ArchiveRow {
  const detections = toDetections(answer);
  const version = answer.processing_stats.pipeline_version;
  return {
    id,
    stream_id: row.id,
    pipeline_id: answer.processing_stats.pipeline_id ?? settings.pipelineId,
    pipeline_version: version === undefined ? null : Number(version),
    frame_id: frame.id,
    captured_at: new Date(frame.timestampMs),
    reason,
    classes: [...new Set(detections.map((found) => found.class_name))],
    max_confidence: detections.length === 0 ? null : Math.max(...detections.map((found) => found.confidence)),
    detections,
    object_key: key,
    thumbnail_key: thumbnailKey,
    clip_key: null,
    content_type: 'image/jpeg',
    size_bytes: frame.bytes.length,
    width: answer.frame_width,
    height: answer.frame_height,
    expires_at: expiresAt,
    announced_at: null,
  };
}
