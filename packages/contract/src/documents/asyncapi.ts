/** The AsyncAPI 3 document: WebSockets and topics, made of the schemas that their messages are checked by. */
import type { z } from 'zod';
import { createSchema } from 'zod-openapi';
import { pipelineProgress } from '../executions/progress.topic.ts';
import { imageProcessingRequest } from '../executions/requests.topic.ts';
import { executionMessage } from '../executions/socket.ts';
import { deadLetterHeaders, eventHeaders } from '../headers.ts';
import { systemStatusMessage } from '../pool/socket.ts';
import { refusalMessage } from '../refusal.ts';
import { videoStreamArchive } from '../streams/archive.topic.ts';
import { cameraClientMessage, cameraServerMessage } from '../streams/socket.ts';
import { topics } from '../topics.ts';
import { exampleOf, type JsonSchema } from './examples.ts';
import { withoutClosedReferences, withoutNoise } from './noise.ts';

interface Message {
  readonly payload: z.ZodType;
  readonly headers?: z.ZodType;
}

interface Channel {
  readonly address: string;
  readonly server: 'backend' | 'kafka';
  /** Of the backend. */
  readonly actions: readonly ('send' | 'receive')[];
  readonly ja: string;
  readonly en: string;
  readonly messages: readonly Message[];
  readonly parameters?: Readonly<Record<string, { readonly description: string }>>;
  readonly query?: Readonly<Record<string, object>>;
}

const ticket = { type: 'string', description: 'From POST /api/v1/ws-tickets, for browsers; other clients may send Authorization' };
const language = { type: 'string', enum: ['ja', 'en'], description: 'Of the texts, for who cannot send Accept-Language' };
const lastSequence = {
  type: 'integer',
  minimum: 0,
  description: 'Of the last message that was received: what came after it is sent again',
};
const event = (payload: z.ZodType): Message => ({ payload, headers: eventHeaders });

const channels: Readonly<Record<string, Channel>> = {
  execution: {
    address: '/ws/execution/{execution_id}',
    server: 'backend',
    actions: ['send'],
    ja: '実行の進捗通知。接続直後に snapshot、その後は進捗、最後に completed または error が一度だけ届きます。',
    en: 'Progress of an execution: first a snapshot, then what happens, at the end once completed or error. Pings every 20 s.',
    messages: [...executionMessage.options, refusalMessage].map((payload) => ({ payload })),
    parameters: { execution_id: { description: 'The execution' } },
    query: { ticket, last_sequence: lastSequence, lang: language },
  },
  systemStatus: {
    address: '/ws/system-status',
    server: 'backend',
    actions: ['send'],
    ja: 'システムと gRPC サービスの状態。接続直後に snapshot、その後は変化が届きます。',
    en: 'State of the system and of the gRPC services: first a snapshot, then what changes.',
    messages: [...systemStatusMessage.options, refusalMessage].map((payload) => ({ payload })),
    query: { ticket, lang: language },
  },
  cameraStream: {
    address: '/ws/camera-stream',
    server: 'backend',
    actions: ['send', 'receive'],
    ja: 'カメラ映像のリアルタイム処理。フレームを送ると結果が届きます。画像は JSON では base64、サブプロトコル imageflow.binary.v1 ではバイナリで、先頭 4 バイト（ビッグエンディアン）が JSON ヘッダーの長さ、続いて JSON ヘッダー、残りが画像です。?stream= を付けるとサーバーのカメラを視聴します。サーバーは画像の間に ping を送り、pong で読み取りの進み具合を知ります（RFC 6455 のとおりに答えてください）。',
    en: 'Live video. The client sends frames and gets results; at most 2 frames wait and newer ones win. Images are base64 in JSON or, with the subprotocol imageflow.binary.v1, binary: 4 bytes with the length of the head (big-endian), the head (JSON without the image), the image. With ?stream= a camera of the server is watched. /api/v1/camera-stream and /v1/camera-stream are the same. Pings every 20 s and between images: by the pongs (RFC 6455; browsers and libraries send them) the server knows how far the client has read.',
    messages: [...cameraClientMessage.options, ...cameraServerMessage.options, refusalMessage].map((payload) => ({ payload })),
    query: {
      ticket,
      stream: { type: 'string', format: 'uuid', description: 'Watch this stream of the server; without it the client sends the frames' },
      lang: language,
    },
  },
  pipelineProgress: {
    address: topics.progress,
    server: 'kafka',
    actions: ['send', 'receive'],
    ja: '実行の進捗。キーは実行 ID で、同じ実行のメッセージは順序を保ちます。',
    en: 'What happens to executions. The key is the execution’s id; messages of one execution keep their order.',
    messages: pipelineProgress.options.map(event),
  },
  imageProcessingRequests: {
    address: topics.requests,
    server: 'kafka',
    actions: ['send', 'receive'],
    ja: 'ワーカーが処理する実行。直接 gRPC が失敗したとき、またはパイプラインがキューを指定したときに届きます。キーは実行 ID です。',
    en: 'Executions for workers: the direct way has failed, or the pipeline asks for the queue. The key is the execution’s id.',
    messages: [event(imageProcessingRequest)],
  },
  videoStreamArchive: {
    address: topics.archive,
    server: 'kafka',
    actions: ['send'],
    ja: '保存ルールに一致した映像のフレーム。画像はオブジェクトストアにあります。キーはストリーム ID です。',
    en: 'Frames of live video that a rule kept; the image is in the object store. The key is the stream’s id.',
    messages: [event(videoStreamArchive)],
  },
  deadRequests: {
    address: topics.deadRequests,
    server: 'kafka',
    actions: ['send', 'receive'],
    ja: '何度試しても処理できなかった要求。',
    en: 'Requests that no delivery could settle.',
    messages: [{ payload: imageProcessingRequest, headers: deadLetterHeaders }],
  },
};

/** A new object each time. */
export function createAsyncApi(version: string): Record<string, unknown> {
  const schemas = new Map<string, JsonSchema>();
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'ImageFlowCanvas',
      version,
      description:
        'WebSocket と Kafka のメッセージ。REST は /api/v1/openapi.json にあります。\n\nWebSockets and Kafka. REST: /api/v1/openapi.json.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      backend: {
        host: 'localhost:8080',
        protocol: 'ws',
        security: [{ $ref: '#/components/securitySchemes/bearer' }, { $ref: '#/components/securitySchemes/ticket' }],
      },
      kafka: { host: 'localhost:9092', protocol: 'kafka' },
    },
    channels: mapValues(channels, (channel) => channelOf(channel, schemas)),
    operations: Object.fromEntries(Object.entries(channels).flatMap(([name, channel]) => operationsOf(name, channel))),
    components: {
      schemas: Object.fromEntries(schemas),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        ticket: { type: 'httpApiKey', name: 'ticket', in: 'query', description: ticket.description },
      },
    },
  };
  return JSON.parse(JSON.stringify(document), withoutClosedReferences);
}

function channelOf(channel: Channel, schemas: Map<string, JsonSchema>): object {
  const { address, server, messages, parameters, query } = channel;
  return {
    address,
    description: `${channel.ja}\n\n${channel.en}`,
    servers: [{ $ref: `#/servers/${server}` }],
    messages: Object.fromEntries(messages.map((message) => [nameOf(message.payload), messageOf(message, server, schemas)])),
    ...(parameters && { parameters }),
    bindings:
      server === 'kafka'
        ? { kafka: { topic: address, bindingVersion: '0.5.0' } }
        : { ws: { method: 'GET', ...(query && { query: { type: 'object', properties: query } }), bindingVersion: '0.1.0' } },
  };
}

function messageOf({ payload, headers }: Message, server: Channel['server'], schemas: Map<string, JsonSchema>): object {
  const find = (reference: string): JsonSchema => schemas.get(reference.split('/').at(-1) ?? '') ?? {};
  const body = referenceTo(payload, schemas);
  const head = headers && referenceTo(headers, schemas);
  const example = { payload: exampleOf(body, find), ...(head && { headers: exampleOf(head, find) }) };
  return {
    name: nameOf(payload),
    ...(head && { headers: head }),
    payload: body,
    examples: [example],
    ...(server === 'kafka' && {
      bindings: { kafka: { key: { type: 'string', description: 'The id of what it is about' }, bindingVersion: '0.5.0' } },
    }),
  };
}

function operationsOf(name: string, { actions, server }: Channel): [string, object][] {
  return actions.map((action) => [
    `${action}${capital(name)}`,
    {
      action,
      channel: { $ref: `#/channels/${name}` },
      summary: summaryOf(server, action),
    },
  ]);
}

function summaryOf(server: Channel['server'], action: string): string {
  if (server === 'kafka') return `Backends and workers ${action} it`;
  return action === 'send' ? 'The server sends it to who is connected' : 'Who is connected sends it';
}

/** Adds the schema, and those it names, to the components. */
function referenceTo(type: z.ZodType, schemas: Map<string, JsonSchema>): JsonSchema {
  const { schema, components } = createSchema(type, { io: 'output', openapiVersion: '3.1.1', opts: { override: withoutNoise } });
  for (const [name, component] of Object.entries(components)) schemas.set(name, component as JsonSchema);
  return schema as JsonSchema;
}

/** Messages are named by their schemas. */
function nameOf(type: z.ZodType): string {
  const id = type.meta()?.id;
  if (id === undefined) throw new Error('a message of the document needs a schema with an id');
  return id;
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
