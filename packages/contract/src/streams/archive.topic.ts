/** Topic video-stream-archive: frames of live video that a rule kept. Copies of facts the database holds. */
import { z } from 'zod';
import { archiveReason } from './archive.rest.ts';
import { streamDetection } from './socket.ts';

export const videoStreamArchive = z
  .object({
    archive_id: z.uuid(),
    stream_id: z.uuid(),
    source_id: z.string().meta({ description: 'The stream’s name', examples: ['line-1-camera'] }),
    pipeline_id: z.string().meta({ examples: ['live-defects'] }),
    pipeline_version: z.int().nullable(),
    frame_id: z.int(),
    captured_at: z.iso.datetime({ offset: true }),
    reason: archiveReason,
    bucket: z.string().meta({ examples: ['imageflow'] }),
    object_key: z.string().meta({ examples: ['streams/019928f4-6c1e-7a52-9d3b-2f0c8e5a4b17/019928f5-0000-7000-8000-000000000001.jpg'] }),
    thumbnail_key: z.string(),
    content_type: z.string().meta({ examples: ['image/jpeg'] }),
    size_bytes: z.int(),
    width: z.int(),
    height: z.int(),
    detections: z.array(streamDetection),
  })
  .meta({ id: 'VideoStreamArchive' });

export type VideoStreamArchive = z.output<typeof videoStreamArchive>;
