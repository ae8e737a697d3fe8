/** A backend in this process and the services that live video needs, as processes of their own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { CameraServerMessage } from '@imageflow/contract';
import { WebSocket } from 'ws';
import { openTestBackend, type TestBackend } from '../../apps/backend/src/testing/backend.ts';
import { freePort } from '../../scripts/servers/ports.ts';

const waitMs = 30_000;
const root = join(import.meta.dirname, '../..');
const serviceKey = 'the-service-key-of-the-tests';
const services = { ResizeService: 'resize', AIDetectionService: 'ai-detection', CameraStreamService: 'camera-stream' } as const;
type Kind = (typeof services)[keyof typeof services];

export const detectPipeline = {
  pipeline_id: 'live-defects',
  name: 'Live defects',
  version: '1.0.0',
  steps: [{ step_id: 'detect', service: 'AIDetectionService', method: 'DetectDefects', parameters: { confidence_threshold: 0.25 } }],
};
/** Makes an image, and costs little. */
export const resizePipeline = {
  pipeline_id: 'live-small',
  name: 'Live small',
  version: '1.0.0',
  steps: [{ step_id: 'small', service: 'ResizeService', method: 'Resize', parameters: { target_width: 320, target_height: 180 } }],
};

export interface StreamLab {
  readonly backend: TestBackend;
  /** "http://127.0.0.1:…" */
  readonly address: string;
  readonly folder: string;
  readonly headers: { readonly authorization: string };
  service(kind: Kind): ChildProcess;
  connect(query?: string, options?: ConnectOptions): Promise<Viewer>;
  /** Reads nothing until the server gives the connection up, then what it had sent. Resolves with the milliseconds that took. */
  stopReading(viewer: Viewer): Promise<number>;
  /** Ends all connections. */
  disconnect(): void;
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly path?: string;
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

export async function openStreamLab(env: Readonly<Record<string, string>> = {}): Promise<StreamLab> {
  const folder = await mkdtemp(join(tmpdir(), 'imageflow-streams-'));
  const grpcPort = await freePort();
  const common = {
    IMAGEFLOW_SERVICE_KEY: serviceKey,
    IMAGEFLOW_OBJECTS_URL: `folder:${folder}/objects`,
    IMAGEFLOW_MODELS_DIR: `${folder}/models`,
  };
  const children = new Map<Kind, ChildProcess>();
  const settings = await Promise.all(
    Object.entries(services).map(async ([name, kind]) => {
      const own = { ...process.env, ...common, IMAGEFLOW_DATA_DIR: folder, IMAGEFLOW_BACKEND: `127.0.0.1:${grpcPort}`, ...serviceSettings };
      const child = fork(join(root, 'apps/services/src/main.ts'), [kind], { env: own, stdio: 'inherit' });
      children.set(kind, child);
      const [message] = await once(child, 'message');
      return `${name}=127.0.0.1:${message.port}`;
    }),
  );
  const backend = await openTestBackend({
    env: { ...common, PATH: process.env.PATH ?? '', IMAGEFLOW_SERVICES: settings.join(','), IMAGEFLOW_GRPC_PORT: String(grpcPort), ...env },
  });
  const address = await backend.listen();
  const headers = await backend.login('engineer');
  for (const payload of [detectPipeline, resizePipeline]) {
    const answer = await backend.app.inject({ method: 'POST', url: '/api/v1/pipelines', headers, payload });
    if (answer.statusCode !== 201) throw new Error(answer.body);
  }
  const viewers = new Set<Viewer>();
  const disconnect = (): void => {
    for (const viewer of viewers) viewer.socket.terminate();
    viewers.clear();
  };
  return {
    backend,
    address,
    folder,
    headers,
    service(kind) {
      const child = children.get(kind);
      if (child === undefined) throw new Error(`no service ${kind}`);
      return child;
    },
    async connect(query = '', options = {}) {
      const viewer = await openViewer(`${address.replace('http', 'ws')}${options.path ?? '/ws/camera-stream'}${query}`, headers, options);
      viewers.add(viewer);
      return viewer;
    },
    async stopReading({ socket }) {
      const { clients } = backend.app.websocketServer;
      const pausedAt = performance.now();
      socket.pause();
      while (![...clients].some(({ readyState }) => readyState === WebSocket.CLOSING)) {
        if (performance.now() - pausedAt > waitMs) throw new Error('the server goes on with a reader that has stopped');
        await pause(50);
      }
      socket.resume();
      return performance.now() - pausedAt;
    },
    disconnect,
    async close() {
      disconnect();
      await backend.close();
      for (const child of children.values()) child.kill('SIGKILL');
      await Promise.all([...children.values()].map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const serviceSettings = { IMAGEFLOW_LISTEN: '127.0.0.1:0', IMAGEFLOW_METRICS_PORT: '0', IMAGEFLOW_LOG_LEVEL: 'warn' };

/** A message as it came: with the image of a binary one. */
export type Received = CameraServerMessage & { readonly image?: Buffer };

export interface Viewer {
  readonly socket: WebSocket;
  readonly received: readonly Received[];
  send(message: object): void;
  sendBinary(head: object, image: Uint8Array): void;
  /** The first message of this type that no earlier call has answered. */
  next<T extends Received['type']>(
    type: T,
    where?: (message: Extract<Received, { type: T }>) => boolean,
  ): Promise<Extract<Received, { type: T }>>;
  closed(): Promise<{ readonly code: number; readonly reason: string }>;
}

export async function openViewer(url: string, headers: Readonly<Record<string, string>>, options: ConnectOptions): Promise<Viewer> {
  const socket = new WebSocket(url, [...(options.protocols ?? [])], { headers: options.headers ?? headers });
  const received: Received[] = [];
  const seen = new Set<Received>();
  let wake = (): void => undefined;
  let end: { readonly code: number; readonly reason: string } | undefined;
  socket.on('message', (data, isBinary) => {
    received.push(parse(data as Buffer, isBinary));
    wake();
  });
  socket.on('close', (code, reason) => {
    end = { code, reason: reason.toString() };
    wake();
  });
  const opened = once(socket, 'open');
  await opened;
  const until = async <T>(find: () => T | undefined, what: string): Promise<T> => {
    const limit = Date.now() + waitMs;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (Date.now() > limit) throw new Error(`no ${what}; last: ${JSON.stringify(received.slice(-3)).slice(0, 600)}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, 1000);
      });
    }
  };
  return {
    socket,
    received,
    send: (message) => socket.send(JSON.stringify(message)),
    sendBinary: (head, image) => socket.send(toBinary(head, image)),
    async next(type, where = () => true) {
      type Wanted = Extract<Received, { type: typeof type }>;
      const isWanted = (message: Received): message is Wanted => message.type === type && !seen.has(message) && where(message as Wanted);
      const message = await until(() => received.find(isWanted), type);
      seen.add(message);
      return message;
    },
    closed: () => until(() => end, 'close'),
  };
}

/** By the documented layout, not by the server's own code. */
function toBinary(head: object, image: Uint8Array): Buffer {
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text, image]);
}

function parse(data: Buffer, isBinary: boolean): Received {
  if (!isBinary) return JSON.parse(data.toString());
  const length = data.readUInt32BE(0);
  return { ...JSON.parse(data.subarray(4, 4 + length).toString()), image: data.subarray(4 + length) };
}
