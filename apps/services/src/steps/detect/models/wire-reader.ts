/** Walks a protobuf file without reading what it skips: a model's weights stay on disk. */
import { type FileHandle, open } from 'node:fs/promises';

export interface WireField {
  readonly number: number;
  /** Value of a varint; past 2^53 (negative int64) not exact. */
  readonly value: number;
  /** Payload of a length-delimited field; empty for the other wire types. */
  readonly start: number;
  readonly end: number;
}

export interface WireReader {
  /** Fields of the message in [start, end); the whole file without them. Throws MalformedWire. */
  fields(start?: number, end?: number): AsyncGenerator<WireField>;
  text(field: WireField): Promise<string>;
  close(): Promise<void>;
}

export class MalformedWire extends Error {}

/** One read of this size serves hundreds of small fields; a jump over weights costs one read. */
const windowBytes = 64 * 1024;
const textLimitBytes = 16 * 1024 * 1024;

export async function openWireReader(path: string): Promise<WireReader> {
  const file = await open(path);
  try {
    return createReader(file, (await file.stat()).size);
  } catch (error) {
    await file.close();
    throw error;
  }
}

function createReader(file: FileHandle, sizeBytes: number): WireReader {
  const window = { start: 0, bytes: new Uint8Array(0) };

  async function byteAt(position: number): Promise<number> {
    if (position < window.start || position >= window.start + window.bytes.length) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(windowBytes), 0, windowBytes, position);
      window.start = position;
      window.bytes = buffer.subarray(0, bytesRead);
    }
    const byte = window.bytes[position - window.start];
    if (byte === undefined) throw new MalformedWire(`ends at byte ${position}`);
    return byte;
  }

  async function varint(position: number, end: number): Promise<{ value: number; next: number }> {
    let value = 0;
    for (let index = 0; index < 10 && position + index < end; index += 1) {
      const byte = await byteAt(position + index);
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return { value, next: position + index + 1 };
    }
    throw new MalformedWire(`no number at byte ${position}`);
  }

  async function readField(position: number, end: number): Promise<WireField> {
    const tag = await varint(position, end);
    const [number, kind] = [Math.floor(tag.value / 8), tag.value % 8];
    // A parser of 32-bit tags could read another number here.
    if (number < 1 || tag.value >= 2 ** 32) throw new MalformedWire(`no field at byte ${position}`);
    const field = await readPayload(number, kind, tag.next, end);
    if (field.end > end) throw new MalformedWire(`field ${number} at byte ${position} passes the end`);
    return field;
  }

  async function readPayload(number: number, kind: number, at: number, end: number): Promise<WireField> {
    if (kind === 1 || kind === 5) return { number, value: 0, start: at, end: at + (kind === 1 ? 8 : 4) };
    if (kind !== 0 && kind !== 2) throw new MalformedWire(`unknown wire type ${kind} before byte ${at}`);
    const { value, next } = await varint(at, end);
    return kind === 0 ? { number, value, start: next, end: next } : { number, value: 0, start: next, end: next + value };
  }

  return {
    async *fields(start = 0, end = sizeBytes) {
      for (let at = start; at < end; ) {
        const field = await readField(at, end);
        yield field;
        at = field.end;
      }
    },
    async text(field) {
      const length = field.end - field.start;
      if (length > textLimitBytes) throw new MalformedWire(`a text of ${length} bytes`);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, field.start);
      return buffer.toString('utf8');
    },
    close: () => file.close(),
  };
}
