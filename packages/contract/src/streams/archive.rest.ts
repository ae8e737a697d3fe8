/** The frames of streams that are kept: by which rules, and those there are. */
import type { LocalizedText } from '@imageflow/core';
import { z } from 'zod';
import { contentAnswers, contentConditions, contentHeaders } from '../content.ts';
import { defineRoute } from '../define.ts';
import { pageOf, pageQuery } from '../page.ts';
import { streamDetection } from './socket.ts';

const timestamp = z.iso.datetime({ offset: true });

export const archiveReason = z.enum(['class', 'confidence', 'interval', 'ng']);

export const archiveRule = z
  .discriminatedUnion('when', [
    z.object({
      when: z.literal('class'),
      classes: z.array(z.string().min(1).max(100)).min(1).max(100),
      min_confidence: z.number().min(0).max(1).default(0),
    }),
    z.object({
      when: z.literal('confidence'),
      from: z.number().min(0).max(1).default(0),
      to: z.number().min(0).max(1).default(1),
    }),
    z.object({ when: z.literal('interval'), every_seconds: z.number().min(0.1).max(86_400) }),
    z.object({ when: z.literal('ng') }),
  ])
  .meta({
    id: 'ArchiveRule',
    description:
      'class: one of the classes is seen · confidence: a detection’s lies between from and to · interval: every n seconds · ng: a step says that the frame does not pass (a quality limit, a verdict)',
    examples: [{ when: 'class', classes: ['scratch'], min_confidence: 0.5 }],
  });

export type ArchiveRule = z.output<typeof archiveRule>;

export const archiveSettings = z
  .object({
    rules: z.array(archiveRule).max(20).default([]),
    min_gap_seconds: z
      .number()
      .min(0)
      .max(3600)
      .default(1)
      .meta({ description: 'A rule keeps at most one frame in this time; interval rules have their own' }),
    retention_days: z.number().min(0.001).max(3650).default(30),
    clip: z
      .object({ before_seconds: z.number().min(0).max(15).default(5), after_seconds: z.number().min(0).max(15).default(5) })
      .nullable()
      .default(null)
      .meta({
        description:
          'Also keep a clip (H.264, up to 1920 × 1080) of the seconds around the frame; not for interval rules. Frames kept while one is being taken share it',
      }),
  })
  .meta({ id: 'ArchiveSettings' });

export type ArchiveSettings = z.output<typeof archiveSettings>;

const archived = z
  .object({
    id: z.uuid(),
    stream_id: z.uuid(),
    pipeline_id: z.string().meta({ examples: ['live-defects'] }),
    pipeline_version: z.int().nullable(),
    frame_id: z.int(),
    captured_at: timestamp,
    reason: archiveReason,
    classes: z.array(z.string()),
    max_confidence: z.number().nullable(),
    detections: z.array(streamDetection),
    width: z.int(),
    height: z.int(),
    size_bytes: z.int(),
    image_url: z.string().meta({ examples: ['/api/v1/streams/{id}/archive/{archive_id}/image'] }),
    thumbnail_url: z.string(),
    clip_url: z.string().nullable().meta({ description: 'null: there is none, or it is still being made' }),
  })
  .meta({ id: 'ArchivedFrame' });

export type ArchivedFrame = z.output<typeof archived>;

const tag = 'streams';
const params = z.object({ id: z.uuid() });
const archiveParams = params.extend({ archive_id: z.uuid() });

const media = <O extends string>(operationId: O, what: string, summary: LocalizedText, contentType: string) =>
  defineRoute({
    operationId,
    method: 'GET',
    path: `/streams/{id}/archive/{archive_id}/${what}`,
    tag,
    summary,
    description: 'Kept as long as the stream’s retention says.',
    action: 'streams:read',
    params: archiveParams,
    responses: { 200: { description: 'The bytes', contentTypes: [contentType] } },
    errors: ['NOT_FOUND', 'OBJECT_NOT_FOUND'],
  });

export const streamArchiveRoutes = {
  listStreamArchive: defineRoute({
    operationId: 'listStreamArchive',
    method: 'GET',
    path: '/streams/{id}/archive',
    tag,
    summary: { ja: '保存されたフレームの一覧を新しい順に取得します（クラス・信頼度・理由・日時で絞り込み）。', en: 'List archived frames' },
    description: 'Newest first.',
    action: 'streams:read',
    params,
    query: pageQuery.extend({
      reason: archiveReason.optional(),
      class: z.string().min(1).max(100).optional().meta({ description: 'Only frames with this class' }),
      min_confidence: z.coerce.number().min(0).max(1).optional(),
      from: timestamp.optional().meta({ description: 'Captured at or after' }),
      to: timestamp.optional().meta({ description: 'Captured before' }),
    }),
    responses: { 200: { description: 'A page of frames', schema: pageOf(archived), headers: { Link: 'The next page, rel="next"' } } },
    errors: ['NOT_FOUND'],
  }),
  getArchivedImage: media('getArchivedImage', 'image', { ja: '保存されたフレームを取得します。', en: 'Get an archived frame' }, 'image/*'),
  getArchivedThumbnail: media(
    'getArchivedThumbnail',
    'thumbnail',
    { ja: '保存されたフレームの縮小画像を取得します。', en: 'Get the thumbnail of an archived frame' },
    'image/jpeg',
  ),
  getArchivedClip: defineRoute({
    operationId: 'getArchivedClip',
    method: 'GET',
    path: '/streams/{id}/archive/{archive_id}/clip',
    tag,
    summary: {
      ja: '保存されたフレームの前後のクリップ（動画）を取得します。範囲を指定できます。',
      en: 'Get the clip around an archived frame',
    },
    description: 'There is one when clip_url says so. Supports ranges, so that players can move in it.',
    action: 'streams:read',
    params: archiveParams,
    headers: contentConditions,
    responses: contentAnswers(['video/mp4'], contentHeaders),
    errors: ['NOT_FOUND', 'OBJECT_NOT_FOUND', 'RANGE_NOT_SATISFIABLE', 'STORE_UNAVAILABLE'],
  }),
  deleteArchived: defineRoute({
    operationId: 'deleteArchived',
    method: 'DELETE',
    path: '/streams/{id}/archive/{archive_id}',
    tag,
    summary: {
      ja: '保存されたフレームを、縮小画像とともに削除します。クリップは、ほかのフレームと共有していなければ削除します。',
      en: 'Delete an archived frame',
    },
    description: 'With its thumbnail; and its clip, unless other frames share it.',
    action: 'streams:write',
    params: archiveParams,
    responses: { 204: { description: 'Deleted' } },
    errors: ['NOT_FOUND'],
  }),
} as const;
