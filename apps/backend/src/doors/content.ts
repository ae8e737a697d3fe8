/** A stored object as an answer: whole, the wanted range of it, or the word that the client has it already. */
import { Readable } from 'node:stream';
import { AppError, type ByteRange, type ObjectInfo } from '@imageflow/core';
import { type Conditions, isNotModified, wantedRange } from './conditions.ts';

export interface Content {
  readonly info: ObjectInfo;
  readonly contentType: string;
  readonly read: (range: ByteRange | undefined) => Promise<AsyncIterable<Uint8Array>>;
}

/** `more`: further headers of the answer. @throws AppError RANGE_NOT_SATISFIABLE */
export async function sendContent<H extends Readonly<Record<string, string>>>(
  { info, contentType, read }: Content,
  more: H,
  conditions: Conditions,
  isHead: boolean,
) {
  const headers = { ...more, etag: info.etag, 'last-modified': info.lastModified.toUTCString(), 'accept-ranges': 'bytes' };
  if (isNotModified(conditions, info)) return { status: 304, headers } as const;
  const range = wantedRange(conditions, info);
  if (range === 'outside') throw outside(info.sizeBytes);
  const whole = range === 'whole';
  const length = whole ? info.sizeBytes : range.end - range.start + 1;
  const body = isHead ? Readable.from([]) : await read(whole ? undefined : range);
  const contentHeaders = { ...headers, 'content-type': contentType, 'content-length': String(length) };
  if (whole) return { status: 200, headers: contentHeaders, body } as const;
  const contentRange = `bytes ${range.start}-${range.end}/${info.sizeBytes}`;
  return { status: 206, headers: { ...contentHeaders, 'content-range': contentRange }, body } as const;
}

function outside(sizeBytes: number): AppError {
  return new AppError('RANGE_NOT_SATISFIABLE', {
    detail: {
      ja: `ファイルは ${sizeBytes} バイトです。範囲をその中で指定してください`,
      en: `The file has ${sizeBytes} bytes. Ask for a range within them`,
    },
    extensions: { size_bytes: sizeBytes },
  });
}
