/**
 * Sends frames to a pipeline and hands its answers over, through lost connections.
 * Only a few frames are on their way at a time. While they are, the newest one waits, and takes the place of the one that waited: latency
 * does not grow, whatever the network and the server do. Every frame is answered or counted as dropped.
 */
import type { CameraServerMessage, ProcessedFrameMessage, StreamState } from '@imageflow/contract';
import { type CameraSocket, openCameraSocket } from './camera-socket.ts';
import type { Client } from './client.ts';
import { type ApiError, ConnectionError, refusalError } from './errors.ts';
import { createFlights, type Flight } from './flights.ts';

export interface CameraOptions {
  readonly pipelineId: string;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  /** "none": detections alone. Default "image". */
  readonly output?: 'image' | 'none' | undefined;
  readonly sourceId?: string | undefined;
  /** Frames on their way. Default 3: one in work and two that wait, as the server keeps them. */
  readonly maxInFlight?: number | undefined;
  /** How long the server may be away, or answer nothing, before it ends. Default 60 s. */
  readonly maxAwayMs?: number | undefined;
  readonly onAnswer: (answer: CameraAnswer) => void;
  /** What the server says of the stream: why it waits, or that it has none. */
  readonly onTrouble?: ((error: ApiError | ConnectionError) => void) | undefined;
}

export interface CameraAnswer {
  readonly message: ProcessedFrameMessage;
  /** What the pipeline made of the frame. */
  readonly image: Uint8Array | undefined;
  /** As it was sent. */
  readonly frame: Uint8Array;
  /** From handing the frame over to its answer. */
  readonly latencyMs: number;
}

export interface CameraCounts {
  readonly offered: number;
  readonly answered: number;
  /** Of those answered: with an error. */
  readonly failed: number;
  readonly dropped: number;
}

export interface Camera {
  /** An encoded image (JPEG, PNG, WebP). Never waits. */
  offer(frame: Uint8Array, timestampMs?: number): void;
  counts(): CameraCounts;
  /** Takes no further frame, waits a while for the answers that are due, then ends. */
  finish(limitMs: number): Promise<void>;
  /** At once. */
  close(): void;
  /** Resolves when the server takes frames, or it is over. */
  readonly ready: Promise<unknown>;
  /** Resolves when it is over: with why when it was not asked to. Never rejects. */
  readonly ended: Promise<Error | undefined>;
}

const defaultInFlight = 3;
const defaultAwayMs = 60_000;
/** The server answers, or gives up, within 5 s. */
const answerLimitMs = 8_000;
const tickMs = 250;
const firstDelayMs = 100;
const maxDelayMs = 3_000;
/** A network that takes nothing more gets nothing more. */
const maxUnsentBytes = 16 * 1024 * 1024;

export function openCamera(client: Client, options: CameraOptions): Camera {
  return new OpenCamera(client, options);
}

interface Waiting {
  readonly frame: Uint8Array;
  readonly timestampMs: number;
  readonly offeredAt: number;
}

class OpenCamera implements Camera {
  readonly ready: Promise<unknown>;
  readonly ended: Promise<Error | undefined>;
  readonly #client: Client;
  readonly #options: CameraOptions;
  readonly #counts = { offered: 0, answered: 0, failed: 0, dropped: 0 };
  readonly #flights;
  readonly #stopping = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #resolve: (error: Error | undefined) => void = () => undefined;
  #isReady: () => void = () => undefined;
  #socket: CameraSocket | undefined;
  #isOpen = false;
  #isOver = false;
  #isFinishing = false;
  #waiting: Waiting | undefined;
  #number = 0;
  #tries = 0;
  /** Since when nothing is answered, and why. */
  #awaySince: number | undefined;
  #trouble: ApiError | ConnectionError | undefined;

  constructor(client: Client, options: CameraOptions) {
    this.#client = client;
    this.#options = options;
    this.#flights = createFlights(options.maxInFlight ?? defaultInFlight);
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    const isReady = new Promise<void>((resolve) => {
      this.#isReady = resolve;
    });
    this.ready = Promise.race([isReady, this.ended]);
    this.#timer = setInterval(() => this.#tick(), tickMs);
    void this.#connect();
  }

  offer(frame: Uint8Array, timestampMs = Date.now()): void {
    if (this.#isOver || this.#isFinishing) return;
    this.#counts.offered += 1;
    if (this.#waiting !== undefined) this.#counts.dropped += 1;
    this.#waiting = { frame, timestampMs, offeredAt: performance.now() };
    this.#pump();
  }

  counts(): CameraCounts {
    return { ...this.#counts };
  }

  async finish(limitMs: number): Promise<void> {
    this.#isFinishing = true;
    const timer = setTimeout(() => this.close(), limitMs);
    this.#endWhenDone();
    await this.ended;
    clearTimeout(timer);
  }

  close(): void {
    this.#end(undefined);
  }

  async #connect(): Promise<void> {
    try {
      const socket = await openCameraSocket(
        this.#client,
        {
          onOpen: () => this.#opened(),
          onMessage: (message, image) => this.#read(message, image),
          onClose: (refusal) => this.#lost(refusal),
        },
        { signal: this.#stopping.signal },
      );
      if (this.#isOver) socket.close();
      else this.#socket = socket;
    } catch (error) {
      if (this.#isOver) return;
      if (isAway(error)) this.#lost(error);
      else this.#end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #opened(): void {
    const { pipelineId, parameters = {}, output = 'image', sourceId } = this.#options;
    this.#isOpen = true;
    this.#socket?.say({ type: 'start', pipeline_id: pipelineId, parameters, output, source_id: sourceId });
    this.#pump();
  }

  #read(message: CameraServerMessage, image: Uint8Array | undefined): void {
    if (message.type === 'processed_frame') this.#answered(message, image);
    else if (message.type === 'stream_state') this.#changed(message.state);
    else if (message.type === 'error') {
      this.#trouble = refusalError(message);
      this.#options.onTrouble?.(this.#trouble);
    }
  }

  #answered(message: ProcessedFrameMessage, image: Uint8Array | undefined): void {
    [this.#tries, this.#awaySince, this.#trouble] = [0, undefined, undefined];
    const { flight, dropped } = this.#flights.answer(message.frame_id);
    this.#counts.dropped += dropped;
    if (flight !== undefined) {
      this.#counts.answered += 1;
      if (message.error !== undefined) this.#counts.failed += 1;
      this.#options.onAnswer({ message, image, frame: flight.frame, latencyMs: performance.now() - flight.sentAt });
    }
    this.#pump();
    this.#endWhenDone();
  }

  #changed(state: StreamState): void {
    if (state === 'failed') this.#end(this.#trouble ?? new ConnectionError(this.#client.baseUrl, undefined));
    if (state === 'running') this.#isReady();
    if (state !== 'waiting') return;
    // What was on its way is given up there; the next frame must not wait for it.
    this.#awaySince ??= performance.now();
    this.#flights.doubt();
    this.#pump();
  }

  #lost(reason: ApiError | ConnectionError | undefined): void {
    if (this.#isOver) return;
    [this.#socket, this.#isOpen] = [undefined, false];
    this.#counts.dropped += this.#flights.expire(Number.POSITIVE_INFINITY);
    this.#awaySince ??= performance.now();
    this.#trouble = reason ?? new ConnectionError(this.#client.baseUrl, undefined);
    if (reason !== undefined && !isAway(reason)) this.#end(reason);
    else if (this.#isFinishing) this.#end(undefined);
    else this.#tryLater(this.#trouble);
  }

  #tryLater(trouble: ApiError | ConnectionError): void {
    if (this.#tries === 0) this.#options.onTrouble?.(trouble);
    const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(this.#tries, 6));
    this.#tries += 1;
    setTimeout(() => {
      if (!this.#isOver) void this.#connect();
    }, delayMs);
  }

  #pump(): void {
    const [socket, next] = [this.#socket, this.#waiting];
    if (socket === undefined || next === undefined || !this.#isOpen || this.#isOver) return;
    if (!this.#flights.hasRoom() || socket.unsentBytes > maxUnsentBytes) return;
    this.#waiting = undefined;
    this.#number += 1;
    const flight: Flight = { id: this.#number, sentAt: next.offeredAt, frame: next.frame };
    this.#flights.send(flight);
    socket.sendFrame({ frame_id: flight.id, timestamp_ms: next.timestampMs }, next.frame);
  }

  #tick(): void {
    const now = performance.now();
    this.#counts.dropped += this.#flights.expire(now - answerLimitMs);
    this.#pump();
    this.#endWhenDone();
    const maxAwayMs = this.#options.maxAwayMs ?? defaultAwayMs;
    // A camera that sends nothing gets no answers.
    const isDue = this.#socket === undefined || this.#waiting !== undefined || this.#flights.count > 0;
    if (isDue && this.#awaySince !== undefined && now - this.#awaySince > maxAwayMs) this.#end(this.#trouble);
  }

  #endWhenDone(): void {
    if (this.#isFinishing && this.#flights.count === 0 && this.#waiting === undefined) this.#end(undefined);
  }

  #end(error: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#stopping.abort();
    this.#counts.dropped += this.#flights.expire(Number.POSITIVE_INFINITY) + (this.#waiting === undefined ? 0 : 1);
    this.#waiting = undefined;
    this.#socket?.close();
    this.#resolve(error);
  }
}

/** A server that is starting again. */
function isAway(error: unknown): error is ApiError | ConnectionError {
  if (!(error instanceof Error)) return false;
  return error.name === 'ConnectionError' || ('status' in error && (Number(error.status) >= 500 || Number(error.status) === 429));
}
