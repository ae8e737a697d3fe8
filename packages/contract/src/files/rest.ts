/** Files: images that came in, and images that executions made. */
import { z } from 'zod';
import { contentAnswers, contentConditions, contentHeaders } from '../content.ts';
import { defineRoute } from '../define.ts';
import { pageOf, pageQuery } from '../page.ts';

const kind = z.enum(['upload', 'output', 'handover', 'thumbnail', 'model']);

export const file = z
  .object({
    file_id: z.uuid(),
    kind,
    filename: z.string(),
    content_type: z.string().meta({ description: 'By the content', examples: ['image/jpeg'] }),
    size_bytes: z.int(),
    width: z.int().nullable().meta({ description: 'Pixels, upright' }),
    height: z.int().nullable(),
    sha256: z.string().nullable().meta({ description: 'Of the content, hex; null for what a service stored' }),
    execution_id: z.uuid().nullable(),
    step_id: z.string().nullable(),
    created_by: z.uuid().nullable(),
    created_at: z.iso.datetime({ offset: true }),
    download_url: z.string(),
    thumbnail_url: z.string(),
  })
  .meta({ id: 'File' });

const tag = 'files';
const params = z.object({ id: z.uuid() });
const answers = contentAnswers(['image/*', 'application/octet-stream'], {
  ...contentHeaders,
  'Content-Disposition': 'The file’s name',
});

export const fileRoutes = {
  uploadFiles: defineRoute({
    operationId: 'uploadFiles',
    method: 'POST',
    path: '/files',
    tag,
    summary: { ja: '画像をアップロードします。形式は内容で判定し、すべて保存するか、何も保存しません。', en: 'Upload images' },
    description:
      'JPEG, PNG, WebP, TIFF, GIF (first frame), AVIF or BMP, decided by the content. All files of the request are stored, or none.',
    action: 'files:write',
    body: {
      kind: 'multipart',
      schema: z.object({
        files: z
          .array(z.string().meta({ format: 'binary' }))
          .min(1)
          .meta({ description: 'One or more images; any field name will do' }),
      }),
    },
    responses: { 201: { description: 'Stored', schema: z.object({ items: z.array(file) }) } },
    errors: ['TOO_LARGE', 'UNSUPPORTED_MEDIA', 'IMAGE_BROKEN', 'STORE_FULL', 'STORE_UNAVAILABLE'],
  }),
  listFiles: defineRoute({
    operationId: 'listFiles',
    method: 'GET',
    path: '/files',
    tag,
    summary: { ja: 'ファイルの一覧を新しい順に取得します。', en: 'List files' },
    description: 'Newest first.',
    action: 'files:read',
    query: pageQuery.extend({
      kind: z.enum(['upload', 'output']).optional(),
      execution_id: z.uuid().optional(),
      search: z.string().min(1).max(100).optional().meta({ description: 'Part of the name' }),
    }),
    responses: { 200: { description: 'A page of files', schema: pageOf(file), headers: { Link: 'The next page, rel="next"' } } },
    errors: [],
  }),
  getFile: defineRoute({
    operationId: 'getFile',
    method: 'GET',
    path: '/files/{id}',
    tag,
    summary: { ja: 'ファイルの内容を取得します（範囲指定・条件付き要求に対応）。', en: 'Get a file’s content' },
    description: 'Shown in place by browsers. Supports ranges and conditions.',
    action: 'files:read',
    params,
    headers: contentConditions,
    responses: answers,
    errors: ['NOT_FOUND', 'RANGE_NOT_SATISFIABLE', 'STORE_UNAVAILABLE'],
  }),
  downloadFile: defineRoute({
    operationId: 'downloadFile',
    method: 'GET',
    path: '/files/{id}/download',
    tag,
    summary: {
      ja: 'ファイルをダウンロードします。direct=true の GET には、クライアントからオブジェクトストアに届く場合、そこへの URL（5 分間有効、サインイン不要）を返します。',
      en: 'Download a file',
    },
    description:
      'As GET /files/{id}, but browsers save it. With direct=true the answer to GET leads to the object store, where clients reach it; the address holds for five minutes and needs no sign-in.',
    action: 'files:read',
    params,
    query: z.object({
      direct: z.enum(['true', 'false']).optional().meta({ description: 'From the object store, where clients reach it' }),
    }),
    headers: contentConditions,
    responses: { ...answers, 307: { description: 'It is there', headers: { Location: 'In the object store' } } },
    errors: ['NOT_FOUND', 'RANGE_NOT_SATISFIABLE', 'STORE_UNAVAILABLE'],
  }),
  getFileMetadata: defineRoute({
    operationId: 'getFileMetadata',
    method: 'GET',
    path: '/files/{id}/metadata',
    tag,
    summary: { ja: 'ファイルの名前・形式・大きさ・由来を取得します。', en: 'Get what is known of a file' },
    description: 'Name, type, size, origin.',
    action: 'files:read',
    params,
    responses: { 200: { description: 'The file', schema: file } },
    errors: ['NOT_FOUND'],
  }),
  getThumbnail: defineRoute({
    operationId: 'getThumbnail',
    method: 'GET',
    path: '/files/{id}/thumbnail',
    tag,
    summary: { ja: '向きを補正した縮小画像（JPEG）を取得します。', en: 'Get a small version of an image' },
    description: 'A JPEG, upright, that fits into size × size pixels.',
    action: 'files:read',
    params,
    query: z.object({
      size: z.coerce
        .number()
        .pipe(z.literal([128, 256, 512]))
        .default(256)
        .meta({ description: 'Pixels', override: { type: 'integer', enum: [128, 256, 512] } }),
    }),
    headers: z.object({ 'if-none-match': z.string().max(500).optional() }),
    responses: {
      200: { description: 'The thumbnail', contentTypes: ['image/jpeg'], headers: { ETag: 'For If-None-Match' } },
      304: { description: 'Not changed', headers: { ETag: 'For If-None-Match' } },
    },
    errors: ['NOT_FOUND', 'UNSUPPORTED_MEDIA', 'IMAGE_BROKEN', 'STORE_UNAVAILABLE'],
  }),
  deleteFile: defineRoute({
    operationId: 'deleteFile',
    method: 'DELETE',
    path: '/files/{id}',
    tag,
    summary: { ja: 'ファイルを削除します。終わっていない実行が使用中なら拒否します。', en: 'Delete a file' },
    description: 'Its content and what is known of it. Refused while an execution that is not finished uses it.',
    action: 'files:delete',
    params,
    responses: { 204: { description: 'Deleted' } },
    errors: ['NOT_FOUND', 'CONFLICT'],
  }),
} as const;
