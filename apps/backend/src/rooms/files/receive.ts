/** One image on its way into the store: told apart by its first bytes, counted and hashed as it passes, never held whole. */
import { createHash } from 'node:crypto';
import { AppError, type ImageFormat, nameForeign, type ObjectStore, sniffBytes, sniffFormat, unsupportedImage } from '@imageflow/core';
import { inspectImage } from './examine.ts';
import { withLocalFile } from './local.ts';
import type { FileEnds } from './whole.ts';

export interface ReceiveNeeds {
  readonly objects: ObjectStore;
  readonly maxFileBytes: number;
  readonly maxPixels: number;
}

export interface ReceivedImage {
  readonly format: ImageFormat;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly width: number;
  readonly height: number;
  /** Hex. */
  readonly sha256: string;
}

/**
 * Stores the image under `key`, or nothing.
 * @throws AppError UNSUPPORTED_MEDIA, TOO_LARGE, IMAGE_BROKEN, STORE_FULL, STORE_UNAVAILABLE, CANCELLED; what `source` throws passes.
 */
export async function receiveImage(
  key: string,
  source: AsyncIterable<Uint8Array>,
  needs: ReceiveNeeds,
  signal: AbortSignal,
): Promise<ReceivedImage> {
  const { head, rest, close } = await takeHead(source);
  const format = sniffFormat(head);
  if (format === undefined) {
    await close();
    throw head.length === 0 ? emptyFile() : unsupportedImage(nameForeign(head));
  }
  const passing = new Passing(rest);
  const contentType = `image/${format}`;
  await store(key, passing.bytes(), contentType, needs, signal);
  try {
    const ends: FileEnds = { head, tail: passing.tail, sizeBytes: passing.sizeBytes };
    const size = await withLocalFile(needs.objects, key, signal, (path) => inspectImage(path, format, ends, needs.maxPixels));
    return { format, contentType, sizeBytes: passing.sizeBytes, ...size, sha256: passing.sha256() };
  } catch (error) {
    await needs.objects.delete(key);
    throw error;
  }
}

async function store(
  key: string,
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  needs: ReceiveNeeds,
  signal: AbortSignal,
): Promise<void> {
  const { objects, maxFileBytes } = needs;
  try {
    await objects.put(key, body, { contentType, maxBytes: maxFileBytes, durable: true, signal });
  } catch (error) {
    throw error instanceof AppError && error.code === 'OBJECT_TOO_LARGE' ? overLimit(maxFileBytes) : error;
  }
}

interface Headed {
  readonly head: Uint8Array;
  /** Gives everything, the head included. */
  readonly rest: AsyncIterable<Uint8Array>;
  /** Instead of reading the rest. */
  close(): Promise<void>;
}

async function takeHead(source: AsyncIterable<Uint8Array>): Promise<Headed> {
  const iterator = source[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  let length = 0;
  while (length < sniffBytes) {
    const step = await iterator.next();
    if (step.done === true) break;
    taken.push(step.value);
    length += step.value.length;
  }
  const first = Buffer.concat(taken);
  return {
    head: first.subarray(0, sniffBytes),
    rest: join(first, iterator),
    close: async () => {
      await iterator.return?.();
    },
  };
}

async function* join(first: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  yield* { [Symbol.asyncIterator]: () => iterator };
}

const tailBytes = 64;

/** Counts, hashes and remembers the end of what passes. */
class Passing {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #hash = createHash('sha256');
  sizeBytes = 0;
  tail: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  async *bytes(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#source) {
      this.sizeBytes += chunk.length;
      this.#hash.update(chunk);
      // A copy: the chunk's memory is used again, or large.
      this.tail = Buffer.concat([this.tail, chunk.subarray(-tailBytes)]).subarray(-tailBytes);
      yield chunk;
    }
  }

  sha256(): string {
    return this.#hash.digest('hex');
  }
}

function emptyFile(): AppError {
  return new AppError('UNSUPPORTED_MEDIA', {
    detail: { ja: 'ファイルが空です', en: 'The file is empty' },
    extensions: { size_bytes: 0 },
  });
}

export function isEmptyFile(error: unknown): boolean {
  return error instanceof AppError && error.code === 'UNSUPPORTED_MEDIA' && error.extensions.size_bytes === 0;
}

/** How large it would have been is not known: the rest was not read. */
function overLimit(maxBytes: number): AppError {
  return new AppError('TOO_LARGE', {
    detail: {
      ja: `ファイルが上限の ${maxBytes} バイトを超えています。小さくしてから送ってください`,
      en: `The file has more bytes than the limit of ${maxBytes}. Send it smaller`,
    },
    extensions: { max_bytes: maxBytes },
  });
}
