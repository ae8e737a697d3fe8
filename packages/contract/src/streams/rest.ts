/** Cameras and video files that the server reads by itself. */
import type { LocalizedText } from '@imageflow/core';
import { z } from 'zod';
import { defineRoute } from '../define.ts';
import { pageOf, pageQuery } from '../page.ts';
import { archiveSettings } from './archive.rest.ts';
import { streamFigures, streamState } from './socket.ts';

const timestamp = z.iso.datetime({ offset: true });
const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .meta({ examples: ['line-1-camera'] });

const sourceInput = z
  .object({
    kind: z.enum(['rtsp', 'onvif', 'file', 'device']),
    url: z
      .string()
      .max(2000)
      .optional()
      .meta({
        description:
          'Of a camera: rtsp:// or rtsps://; of one that is asked by ONVIF: host, host:port, or http(s):// of its device service. A user and a password in it are kept apart, encrypted, and never shown',
        examples: ['rtsp://192.0.2.10:554/stream1'],
      }),
    username: z.string().max(200).optional(),
    password: z.string().max(200).optional().meta({ description: 'Write only' }),
    transport: z.enum(['tcp', 'udp']).optional().meta({ description: 'Of RTSP; tcp unless said' }),
    profile: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .optional()
      .meta({
        description: 'Of ONVIF: token or name of a media profile; unless said the first with H.264, else the first with video',
        examples: ['MainStream'],
      }),
    path: z
      .string()
      .max(500)
      .optional()
      .meta({ description: 'Of a file, below the server’s video folder; of a device, e.g. /dev/video0', examples: ['clips/line1.mp4'] }),
    loop: z.boolean().optional().meta({ description: 'A file starts again when it is over' }),
  })
  .meta({ id: 'StreamSourceInput' });

const source = z
  .object({
    kind: z.enum(['rtsp', 'onvif', 'file', 'device']),
    address: z.string().meta({ description: 'Without user and password', examples: ['rtsp://192.0.2.10:554/stream1'] }),
    transport: z.enum(['tcp', 'udp']),
    profile: z.string().optional().meta({ description: 'The wish for one' }),
    loop: z.boolean(),
    has_credentials: z.boolean(),
  })
  .meta({ id: 'StreamSource' });

const parameters = z.record(z.string(), z.unknown()).meta({ description: 'Of the pipeline’s steps, as of an execution' });
const pipelineId = z
  .string()
  .min(1)
  .max(100)
  .meta({ examples: ['live-defects'] });
const maxFps = z.number().min(0.1).max(120).meta({ description: 'Frames a second that are taken of the source' });

const streamInput = z
  .object({
    name,
    source: sourceInput,
    pipeline_id: pipelineId,
    parameters: parameters.default({}),
    max_fps: maxFps.default(15),
    archive: archiveSettings.prefault({}),
    enabled: z.boolean().default(true).meta({ description: 'Start it now, and again whenever the server starts' }),
  })
  .meta({ id: 'StreamInput' });

const streamChange = z
  .object({
    name: name.optional(),
    source: sourceInput.optional(),
    pipeline_id: pipelineId.optional(),
    parameters: parameters.optional(),
    max_fps: maxFps.optional(),
    archive: archiveSettings.optional(),
    enabled: z.boolean().optional(),
  })
  .meta({ id: 'StreamChange', description: 'What is left out stays. Pipeline, parameters and rules change while the stream runs' });

export type StreamInput = z.output<typeof streamInput>;
export type StreamChange = z.output<typeof streamChange>;

export const streamStatus = z
  .object({
    state: streamState,
    since: timestamp.nullable(),
    error: z
      .object({ code: z.string().meta({ examples: ['CAMERA_UNREACHABLE'] }), message: z.string() })
      .nullable()
      .meta({ description: 'Why it waits or has failed' }),
    next_try_at: timestamp.nullable(),
    reconnects: z.int().meta({ description: 'How often the source was lost and opened again' }),
    runner_id: z.uuid().nullable().meta({ description: 'The backend that runs it' }),
    figures: streamFigures.nullable(),
  })
  .meta({ id: 'StreamStatus' });

const stream = z
  .object({
    id: z.uuid(),
    name,
    source,
    pipeline_id: pipelineId,
    parameters,
    max_fps: maxFps,
    archive: archiveSettings,
    enabled: z.boolean(),
    status: streamStatus,
    created_by: z.uuid().nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Stream' });

const said = (what: string, example: string) =>
  z
    .string()
    .nullable()
    .meta({ description: `${what}, as it says itself`, examples: [example] });

const foundCamera = z
  .object({
    address: z.string().meta({ description: 'The url for a source of kind onvif', examples: ['http://192.0.2.10/onvif/device_service'] }),
    name: said('Its name', 'Dock 1'),
    model: said('Its model', 'NC-2000'),
    location: said('Where it is', 'Hall 2'),
  })
  .meta({ id: 'FoundCamera' });

export type StreamStatus = z.output<typeof streamStatus>;

const tag = 'streams';
const params = z.object({ id: z.uuid() });
const one = { 200: { description: 'The stream', schema: stream } };
const faults = ['NOT_FOUND', 'PIPELINE_INVALID', 'CONFLICT', 'UNPROCESSABLE'] as const;

const command = <O extends string>(operationId: O, verb: string, summary: LocalizedText, description: string) =>
  defineRoute({
    operationId,
    method: 'POST',
    path: `/streams/{id}/${verb}`,
    tag,
    summary,
    description,
    action: 'streams:run',
    params,
    responses: one,
    errors: ['NOT_FOUND'],
  });

export const streamRoutes = {
  listStreams: defineRoute({
    operationId: 'listStreams',
    method: 'GET',
    path: '/streams',
    tag,
    summary: { ja: 'ストリーム（カメラ・動画ファイル）の一覧を新しい順に取得します。', en: 'List streams' },
    description: 'Newest first.',
    action: 'streams:read',
    query: pageQuery,
    responses: { 200: { description: 'A page of streams', schema: pageOf(stream), headers: { Link: 'The next page, rel="next"' } } },
    errors: [],
  }),
  findCameras: defineRoute({
    operationId: 'findCameras',
    method: 'GET',
    path: '/streams/cameras',
    tag,
    summary: {
      ja: 'サーバーのネットワークにある ONVIF カメラを WS-Discovery で探し、3 秒後に応答します。ルーターの先やコンテナーのネットワークの外は探せません。',
      en: 'Find ONVIF cameras',
    },
    description:
      'Asks the server’s networks by WS-Discovery and answers after 3 s. Routers and the networks of containers let no such question through.',
    action: 'streams:write',
    responses: { 200: { description: 'The cameras that answered', schema: z.object({ items: z.array(foundCamera) }) } },
    errors: [],
  }),
  createStream: defineRoute({
    operationId: 'createStream',
    method: 'POST',
    path: '/streams',
    tag,
    summary: {
      ja: 'ストリームを登録します。1 台のバックエンドが実行し、停止したときは別のバックエンドが引き継ぎます。',
      en: 'Add a stream',
    },
    description: 'A camera or a video file of the server’s. One backend runs it; when that one dies another takes it over.',
    action: 'streams:write',
    body: { kind: 'json', schema: streamInput },
    responses: { 201: { description: 'Created', schema: stream, headers: { Location: 'Address of the stream' } } },
    errors: ['PIPELINE_INVALID', 'CONFLICT', 'UNPROCESSABLE'],
  }),
  getStream: defineRoute({
    operationId: 'getStream',
    method: 'GET',
    path: '/streams/{id}',
    tag,
    summary: { ja: 'ストリームの設定と状態を取得します。', en: 'Get a stream' },
    description: 'With its status.',
    action: 'streams:read',
    params,
    responses: one,
    errors: ['NOT_FOUND'],
  }),
  updateStream: defineRoute({
    operationId: 'updateStream',
    method: 'PATCH',
    path: '/streams/{id}',
    tag,
    summary: { ja: 'ストリームを変更します。パイプライン・パラメータ・保存ルールは実行中に切り替わります。', en: 'Change a stream' },
    description: 'A new source opens at once; a new pipeline, parameters or rules hold from the next frame on.',
    action: 'streams:write',
    params,
    body: { kind: 'json', schema: streamChange },
    responses: one,
    errors: faults,
  }),
  deleteStream: defineRoute({
    operationId: 'deleteStream',
    method: 'DELETE',
    path: '/streams/{id}',
    tag,
    summary: { ja: 'ストリームと、保存したフレームを削除します。', en: 'Delete a stream' },
    description: 'Stops it and deletes what it has kept.',
    action: 'streams:write',
    params,
    responses: { 204: { description: 'Deleted' } },
    errors: ['NOT_FOUND'],
  }),
  startStream: command(
    'startStream',
    'start',
    { ja: 'ストリームを開始します。サーバーの再起動後も自動で再開します。', en: 'Start a stream' },
    'It also starts again whenever the server does. No error when it runs.',
  ),
  stopStream: command(
    'stopStream',
    'stop',
    { ja: 'ストリームを停止します。応答時には読み取りプロセスも終了しています。', en: 'Stop a stream' },
    'Its process has ended when the answer comes. No error when it is stopped.',
  ),
  restartStream: command(
    'restartStream',
    'restart',
    { ja: '映像を開き直します。', en: 'Restart a stream' },
    'Opens the source anew, at once.',
  ),
  getStreamStatus: defineRoute({
    operationId: 'getStreamStatus',
    method: 'GET',
    path: '/streams/{id}/status',
    tag,
    summary: { ja: 'ストリームの状態・fps・遅延・破棄数を取得します。', en: 'Get the status of a stream' },
    description: 'At most 5 s old when another backend runs it.',
    action: 'streams:read',
    params,
    responses: { 200: { description: 'The status', schema: streamStatus } },
    errors: ['NOT_FOUND'],
  }),
  previewStream: defineRoute({
    operationId: 'previewStream',
    method: 'GET',
    path: '/streams/{id}/preview',
    tag,
    summary: { ja: 'ライブ映像を MJPEG で取得します。', en: 'Watch a stream as MJPEG' },
    description:
      'Live; a slow reader gets fewer frames. For an <img> of a page, which cannot send headers: ?ticket= of POST /ws-tickets. Results come over /ws/camera-stream?stream=.',
    action: 'streams:read',
    takesTicket: true,
    params,
    query: z.object({
      ticket: z.string().max(200).optional(),
      fps: z.coerce.number().min(0.1).max(60).optional().meta({ description: 'At most so many frames a second' }),
    }),
    responses: { 200: { description: 'Frames without end', contentTypes: ['multipart/x-mixed-replace'] } },
    errors: ['NOT_FOUND', 'CONFLICT', 'RATE_LIMITED'],
  }),
} as const;
