/** Who watches a stream and notes when each result came and how old its frame was. */
import { once } from 'node:events';
import type { Client } from '@imageflow/client';
import { authRoutes, binarySubprotocol, type CameraServerMessage, type StreamFigures } from '@imageflow/contract';
import { WebSocket } from 'ws';

export interface Seen {
  /** ms of `performance.now()`. */
  readonly at: number;
  /** From the frame's arrival at the backend until its result was here. */
  readonly latencyMs: number;
  /** Code of a frame without result. */
  readonly error: string | undefined;
}

export interface StreamWatch {
  readonly seen: readonly Seen[];
  /** The newest, once there are some. */
  readonly figures: StreamFigures | undefined;
  /** In words: results out of order, a connection that ended. */
  readonly anomalies: readonly string[];
  close(): void;
}

export async function openWatch(client: Client, id: string): Promise<StreamWatch> {
  const { ticket } = await client.call(authRoutes.createTicket, {});
  const socket = new WebSocket(`${client.baseUrl.replace('http', 'ws')}/ws/camera-stream?stream=${id}&ticket=${ticket}`, [
    binarySubprotocol,
  ]);
  const seen: Seen[] = [];
  const anomalies: string[] = [];
  let figures: StreamFigures | undefined;
  let last = 0;
  let isClosed = false;
  socket.on('message', (data: Buffer, isBinary) => {
    const message = parse(data, isBinary);
    if (message.type === 'stream_stats') figures = message;
    if (message.type !== 'processed_frame') return;
    const { frame_id: frame, timestamp_ms: arrivedAt, error } = message;
    if (frame <= last) anomalies.push(`frame ${frame} came after frame ${last}`);
    last = frame;
    seen.push({ at: performance.now(), latencyMs: Date.now() - arrivedAt, error: error?.code });
  });
  socket.on('close', (code, reason) => {
    if (!isClosed) anomalies.push(`who watched was closed: ${code} ${reason}`);
  });
  await once(socket, 'open');
  return {
    seen,
    anomalies,
    get figures() {
      return figures;
    },
    close() {
      isClosed = true;
      socket.close();
    },
  };
}

function parse(data: Buffer, isBinary: boolean): CameraServerMessage {
  const head = isBinary ? data.subarray(4, 4 + data.readUInt32BE(0)) : data;
  return JSON.parse(head.toString()) as CameraServerMessage;
}
