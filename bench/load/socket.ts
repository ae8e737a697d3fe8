/** A camera's frames over /ws/camera-stream, in either form, to the backend or through a gateway. */
import { once } from 'node:events';
import { binarySubprotocol, type CameraServerMessage } from '@imageflow/contract';
import { WebSocket } from 'ws';
import type { Answer, Counts, OpenLink } from './camera.ts';

export interface SocketTarget {
  /** "http://…" or "https://…" */
  readonly address: string;
  readonly authority?: string | undefined;
  readonly authorization: string;
  readonly form: 'json' | 'binary';
}

/** For the answers and the counts that are due at the end. */
const endMs = 10_000;

export function overSocket({ address, authority, authorization, form }: SocketTarget, pipelineId: string): OpenLink {
  return async (onAnswer) => {
    const url = `${address.replace(/^http/, 'ws')}/ws/camera-stream`;
    const socket = new WebSocket(url, form === 'binary' ? [binarySubprotocol] : [], {
      headers: { authorization },
      perMessageDeflate: false,
      ...(authority !== undefined && { ca: authority }),
    });
    let fault: Error | undefined;
    let counts: Counts = { received: 0, answered: 0, dropped: 0 };
    const end = (error: Error): void => {
      fault ??= error;
    };
    socket.on('error', end);
    socket.on('close', (code) => end(new Error(`the WebSocket was closed: ${code}`)));
    socket.on('message', (data: Buffer, isBinary) => {
      const message = parse(data, isBinary);
      if (message.type === 'processed_frame') onAnswer(toAnswer(message));
      if (message.type === 'stream_stats') counts = message;
      if (message.type === 'error') end(new Error(`${message.error.code}: ${message.error.message}`));
    });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'start', pipeline_id: pipelineId, source_id: 'bench' }));
    let sent = 0;
    return {
      send({ id, jpeg, timestampMs }) {
        sent += 1;
        if (socket.readyState === socket.OPEN)
          socket.send(encode({ type: 'video_frame', frame_id: id, timestamp_ms: timestampMs }, jpeg, form));
      },
      async end() {
        const limit = performance.now() + endMs;
        const isDone = () => counts.received === sent && counts.answered + counts.dropped === sent;
        while (!isDone() && fault === undefined && performance.now() < limit) await new Promise((resolve) => setTimeout(resolve, 50));
        if (fault !== undefined) throw fault;
        socket.close();
        return counts;
      },
    };
  };
}

function encode(head: object, jpeg: Buffer, form: SocketTarget['form']): string | Buffer {
  if (form === 'json') return JSON.stringify({ ...head, frame_data: jpeg.toString('base64') });
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text, jpeg]);
}

function parse(data: Buffer, isBinary: boolean): CameraServerMessage {
  const head = isBinary ? data.subarray(4, 4 + data.readUInt32BE(0)) : data;
  return JSON.parse(head.toString()) as CameraServerMessage;
}

function toAnswer(message: Extract<CameraServerMessage, { type: 'processed_frame' }>): Answer {
  const { frame_id: id, processing_stats, error, detections } = message;
  const found = detections.map(({ class_name, bbox_original: box }) => ({ className: class_name, ...box }));
  return { id, inferMs: Number(processing_stats.infer_ms), error: error?.code, found };
}
