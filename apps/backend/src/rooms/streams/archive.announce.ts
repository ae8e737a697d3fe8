/** Tells the bus of frames that were kept. What it does not take now is announced later, by the upkeep. */
import type { Tables } from '@imageflow/adapters/database';
import { topics, type VideoStreamArchive } from '@imageflow/contract';
import type { Bus, Clock, ObjectStore } from '@imageflow/core';
import type { Kysely } from 'kysely';
import { type ArchiveRow, markAnnounced } from './archive.queries.ts';

export interface AnnounceNeeds {
  readonly db: Kysely<Tables>;
  readonly objects: ObjectStore;
  readonly bus: Bus;
  readonly clock: Clock;
}

/** At least once. @throws AppError BUS_UNAVAILABLE */
export async function announceArchived(kept: ArchiveRow, sourceId: string, { db, bus, objects, clock }: AnnounceNeeds): Promise<void> {
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
