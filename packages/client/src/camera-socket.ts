/** One connection to /ws/camera-stream in its binary form. */
import { authRoutes, binarySubprotocol, type CameraServerMessage, cameraServerMessage, refusalMessage } from '@imageflow/contract';
import type { CallOptions, Client } from './client.ts';
import { type ApiError, refusalError } from './errors.ts';

export interface CameraSocket {
  sendFrame(head: object, image: Uint8Array): void;
  say(message: object): void;
  /** Handed to the network and not taken yet. */
  readonly unsentBytes: number;
  close(): void;
}

export interface CameraSocketEvents {
  readonly onOpen: () => void;
  readonly onMessage: (message: CameraServerMessage, image: Uint8Array | undefined) => void;
  /** Once. With the server's reason when it gave one. */
  readonly onClose: (refusal: ApiError | undefined) => void;
}

/** Throws ApiError, ConnectionError when no ticket is to be had. */
export async function openCameraSocket(client: Client, events: CameraSocketEvents, options: CallOptions): Promise<CameraSocket> {
  const { ticket } = await client.call(authRoutes.createTicket, {}, options);
  const query = new URLSearchParams({ ticket, ...(client.language !== undefined && { lang: client.language }) });
  const socket = new WebSocket(`${client.baseUrl.replace(/^http/, 'ws')}/ws/camera-stream?${query}`, binarySubprotocol);
  socket.binaryType = 'arraybuffer';
  let refusal: ApiError | undefined;
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    events.onClose(refusal);
  };
  socket.addEventListener('open', events.onOpen);
  socket.addEventListener('message', ({ data }) => {
    if (isOver) return;
    const { head, image } = readMessage(data);
    const message = cameraServerMessage.safeParse(head);
    if (message.success) return events.onMessage(message.data, image);
    const last = refusalMessage.safeParse(head);
    if (last.success) refusal = refusalError(last.data);
  });
  socket.addEventListener('close', end);
  socket.addEventListener('error', end);
  return {
    sendFrame: (head, image) => socket.send(toBinary(head, image)),
    say: (message) => socket.send(JSON.stringify(message)),
    get unsentBytes() {
      return socket.bufferedAmount;
    },
    close() {
      socket.close();
      end();
    },
  };
}

/** 4 bytes, the length of the head, big-endian; the head, JSON in UTF-8; the image. */
function toBinary(head: object, image: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(head));
  const message = new Uint8Array(4 + text.length + image.length);
  new DataView(message.buffer).setUint32(0, text.length);
  message.set(text, 4);
  message.set(image, 4 + text.length);
  return message;
}

function readMessage(data: unknown): { readonly head: unknown; readonly image: Uint8Array | undefined } {
  if (!(data instanceof ArrayBuffer)) return { head: parseJson(String(data)), image: undefined };
  if (data.byteLength < 4) return { head: undefined, image: undefined };
  const length = new DataView(data).getUint32(0);
  if (length > data.byteLength - 4) return { head: undefined, image: undefined };
  const head = parseJson(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  return { head, image: new Uint8Array(data, 4 + length) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
