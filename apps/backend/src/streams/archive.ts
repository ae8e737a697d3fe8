/** Keeps the frames of a stream that a rule names: picture, thumbnail, row, message. */
import type { Tables } from '@imageflow/adapters/database';
import { type ArchiveRule, topics, type VideoStreamArchive } from '@imageflow/api';
import type { Bus, Clock, Ids, ObjectStore } from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import sharp from 'sharp';
import { type ArchiveRow, insertArchived, markAnnounced } from './archive.queries.ts';
import { toDetections } from './live/answers.ts';
import type { LiveAnswer } from './live/stream.ts';
import type { StreamRow } from './streams.queries.ts';
import { archiveOf } from './streams.service.ts';

export interface ArchiveNeeds {
  readonly db: Kysely<Tables>;
  readonly objects: ObjectStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

export interface Archiver {
  /** What is kept of it; undefined when no rule wants it, or it is let go. */
  consider(answer: LiveAnswer, row: StreamRow): Kept | undefined;
  /** Resolves when what was kept is stored. */
  close(): Promise<void>;
}

export interface Kept {
  readonly reason: ArchiveRule['when'];
  /** Resolves when it is stored, with undefined when that failed. */
  readonly id: Promise<string | undefined>;
}

/** Frames of one stream that may wait for the store; more are let go, so that a slow store cannot fill the memory. */
const maxWaiting = 4;
const thumbnailWidth = 320;
const maxPictureBytes = 16 * 1024 * 1024;

export function createArchiver(needs: ArchiveNeeds): Archiver {
  const lastKept = new Map<string, number>();
  const saving = new Set<Promise<void>>();
  return {
    consider(answer, row) {
      const { rules, min_gap_seconds, retention_days } = archiveOf(row);
      const now = needs.clock.now();
      for (const rule of rules) {
        const key = JSON.stringify(rule);
        const gapMs = (rule.when === 'interval' ? rule.every_seconds : min_gap_seconds) * 1000;
        if (now - (lastKept.get(key) ?? Number.NEGATIVE_INFINITY) < gapMs || !applies(rule, answer)) continue;
        if (saving.size >= maxWaiting) return undefined;
        lastKept.set(key, now);
        const expiresAt = new Date(now + retention_days * 86_400_000);
        const id = save(answer, row, rule.when, expiresAt, needs).catch((error: unknown) => {
          needs.logger.warn({ err: error, stream_id: row.id }, 'a frame could not be kept');
          return undefined;
        });
        const work = id.then(() => void saving.delete(work));
        saving.add(work);
        return { reason: rule.when, id };
      }
      return undefined;
    },
    async close() {
      await Promise.all(saving);
    },
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

/** Answers its id. */
async function save(live: LiveAnswer, row: StreamRow, reason: ArchiveRule['when'], expiresAt: Date, needs: ArchiveNeeds): Promise<string> {
  const { frame, answer, settings } = live;
  const id = needs.ids.next();
  const key = `streams/${row.id}/${id}.jpg`;
  const thumbnailKey = `streams/${row.id}/${id}-thumbnail.jpg`;
  const thumbnail = await sharp(frame.bytes).resize({ width: thumbnailWidth, withoutEnlargement: true }).jpeg().toBuffer();
  const terms = { contentType: 'image/jpeg', maxBytes: maxPictureBytes, durable: true };
  await needs.objects.put(key, frame.bytes, terms);
  await needs.objects.put(thumbnailKey, thumbnail, terms);
  const detections = toDetections(answer);
  const version = answer.processing_stats.pipeline_version;
  const kept: ArchiveRow = {
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
  await insertArchived(needs.db, kept);
  await announceArchived(kept, row.name, needs);
  return id;
}

/** What the bus does not take now is announced later. */
export async function announceArchived(kept: ArchiveRow, sourceId: string, { db, bus, objects, clock }: ArchiveNeeds): Promise<void> {
  const value: VideoStreamArchive = {
    archive_id: kept.id,
    stream_id: kept.stream_id,
    source_id: sourceId,
    pipeline_id: kept.pipeline_id,
    pipeline_version: kept.pipeline_version,
    frame_id: kept.frame_id,
    captured_at: kept.captured_at.toISOString(),
    reason: kept.reason,
    bucket: objects.bucket,
    object_key: kept.object_key,
    thumbnail_key: kept.thumbnail_key,
    content_type: kept.content_type,
    size_bytes: kept.size_bytes,
    width: kept.width,
    height: kept.height,
    detections: kept.detections as VideoStreamArchive['detections'],
  };
  const headers = {
    ce_specversion: '1.0',
    ce_id: kept.id,
    ce_source: '/streams',
    ce_type: 'com.imageflowcanvas.stream.archived',
    ce_time: new Date(clock.now()).toISOString(),
    ce_subject: kept.stream_id,
    'content-type': 'application/json',
  };
  await bus.publish({ topic: topics.archive, key: kept.stream_id, value, headers });
  await markAnnounced(db, kept.id);
}
