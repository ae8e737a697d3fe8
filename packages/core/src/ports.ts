/**
 * The ports of the core: what it needs from the outside world, where two real sides differ.
 * The database is not here: its port is SQL (see packages/adapters/database).
 */

import type { ExecutionEvent } from './execution/events.ts';
import type { Detection, ImageReference, Measures, ModelIdentity, Transform } from './pipeline/data.ts';

/** Milliseconds since the epoch, and timers that can be cancelled. */
export interface Clock {
  now(): number;
  /** Calls `fire` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, fire: () => void): () => void;
}

/** UUIDv7 strings: sortable by time of creation. */
export interface Ids {
  next(): string;
}

/** Uniform in [0, 1). Handed in so that back-off jitter and random balancing can be replayed. */
export type Random = () => number;

export interface ObjectInfo {
  readonly sizeBytes: number;
  readonly contentType: string;
  readonly etag: string;
  readonly lastModified: Date;
}

/** Inclusive byte positions, as in an HTTP Range header. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * A store of immutable byte strings under '/'-separated keys, in one bucket.
 * A key is visible only when all its bytes are stored; a failed or aborted write leaves nothing behind.
 * Errors: OBJECT_NOT_FOUND, OBJECT_TOO_LARGE, STORE_FULL, STORE_UNAVAILABLE (retryable).
 */
export interface ObjectStore {
  /** "folder" or "s3"; shown by health checks. */
  readonly kind: string;
  readonly bucket: string;
  put(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions): Promise<ObjectInfo>;
  /** Whole object, refused above `maxBytes`. */
  read(key: string, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array>;
  stream(key: string, range?: ByteRange, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Undefined when there is no such object. */
  head(key: string): Promise<ObjectInfo | undefined>;
  /** No error when there is no such object. */
  delete(key: string): Promise<void>;
  /** Keys below a prefix ending in '/', oldest key order not promised. */
  list(prefix: string): AsyncIterable<string>;
  /** A path on this machine when the store is a folder: readers may map it instead of copying. */
  localPath(key: string): string | undefined;
  /** An address by which anyone gets the object from the store itself for a while; undefined where clients do not reach the store. */
  link(key: string, options: LinkOptions): Promise<string | undefined>;
  /** Rejects when the store cannot be used. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface PutOptions {
  readonly contentType: string;
  /** Stops with OBJECT_TOO_LARGE past it. */
  readonly maxBytes: number;
  /** False for data that a re-run makes again: it need not survive a power cut. */
  readonly durable: boolean;
  readonly signal?: AbortSignal;
}

export interface LinkOptions {
  /** How long it can be used to begin a download. */
  readonly seconds: number;
  readonly contentType: string;
  /** The answer's Content-Disposition. */
  readonly disposition: string;
}

export interface BusMessage {
  readonly topic: string;
  /** Messages of one key keep their order. */
  readonly key: string;
  /** JSON document of the topic's schema. */
  readonly value: unknown;
  /** CloudEvents attributes and traceparent. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ReceivedMessage extends BusMessage {
  /** From 1: how often this message was handed out. */
  readonly delivery: number;
}

/**
 * Topics with at-least-once delivery. `publish` resolves when the message is durable.
 * `consume` shares a topic among the members of a group: a message is committed when its handler resolved; a handler that rejects sees it
 * again, and after `maxDeliveries` it goes to `<topic>.dlq`.
 * `subscribe` hands every message published from now on to this process (fan-out, not durable).
 */
export interface Bus {
  readonly kind: string;
  publish(message: BusMessage): Promise<void>;
  consume(
    topic: string,
    options: ConsumeOptions,
    handle: (message: ReceivedMessage, signal: AbortSignal) => Promise<void>,
  ): Promise<Subscription>;
  subscribe(topic: string, handle: (message: BusMessage) => void): Promise<Subscription>;
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface ConsumeOptions {
  readonly group: string;
  /** Keys handled at the same time. */
  readonly concurrency: number;
  readonly maxDeliveries: number;
}

export interface Subscription {
  close(): Promise<void>;
}

/** One call of a component on some instance of its service. */
export interface StepCall {
  readonly executionId: string;
  readonly stepId: string;
  readonly attempt: number;
  /** "<service>.<method>". */
  readonly component: string;
  readonly image: ImageReference;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly detections: readonly Detection[];
  /** From the upright original to `image`; undefined for an original. */
  readonly transform: Transform | undefined;
  /** Key for the lossless image, when later steps need it. */
  readonly handoverKey: string | undefined;
  readonly output: OutputRequest | undefined;
  readonly timeoutMs: number;
  readonly traceparent: string | undefined;
}

export interface OutputRequest {
  readonly key: string;
  /** "jpeg", "png", "webp", "avif", "tiff"; undefined = as the original. */
  readonly format: string | undefined;
  readonly quality: number | undefined;
}

export interface StepAnswer {
  readonly instanceId: string;
  readonly handover: ImageReference | undefined;
  readonly output: ImageReference | undefined;
  readonly detections: readonly Detection[];
  readonly transform: Transform;
  readonly measures: Measures;
  readonly model: ModelIdentity | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Time inside the service, ms. */
  readonly serviceMs: number;
}

/**
 * Calls a component. Rejects with an AppError: its `retryable` says whether another attempt can help.
 * Aborting the signal stops the work in the service and rejects with CANCELLED.
 */
export interface StepInvoker {
  invoke(call: StepCall, signal: AbortSignal): Promise<StepAnswer>;
}

/**
 * Where an execution's facts are kept. `record` takes events in order and makes them durable soon, without being waited for: losing the last
 * few of a run that died costs only that those steps run again. `finish` makes everything recorded and the terminal event durable, once:
 * false = someone else has already ended this execution or taken it over, and nothing was written.
 */
export interface Journal {
  record(executionId: string, event: ExecutionEvent): void;
  finish(executionId: string, event: ExecutionEvent): Promise<boolean>;
}
