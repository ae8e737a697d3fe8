/** Ranges and conditions of RFC 9110 on content that is replaced only as a whole. */
import type { ByteRange, ObjectInfo } from '@imageflow/core';

export interface Conditions {
  readonly range?: string | undefined;
  readonly 'if-range'?: string | undefined;
  readonly 'if-none-match'?: string | undefined;
  readonly 'if-modified-since'?: string | undefined;
}

/** Whether the client's copy is still good. If-None-Match wins over If-Modified-Since. */
export function isNotModified(conditions: Conditions, stored: Pick<ObjectInfo, 'etag' | 'lastModified'>): boolean {
  const tags = conditions['if-none-match'];
  if (tags !== undefined) return listsTag(tags, stored.etag);
  const since = Date.parse(conditions['if-modified-since'] ?? '');
  return !Number.isNaN(since) && wholeSeconds(stored.lastModified) <= since;
}

export type WantedRange = ByteRange | 'whole' | 'outside';

/** What is wanted of the content. A header that is not understood, several ranges, or an If-Range that does not match mean the whole. */
export function wantedRange(conditions: Conditions, stored: ObjectInfo): WantedRange {
  const match = /^bytes=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/.exec(conditions.range ?? '');
  if (match === null || !mayContinue(conditions['if-range'], stored)) return 'whole';
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return 'whole';
  const range = first === '' ? suffix(Number(last), stored.sizeBytes) : between(Number(first), last, stored.sizeBytes);
  if (range !== undefined && range.start > range.end) return 'whole';
  return range ?? 'outside';
}

function suffix(length: number, size: number): ByteRange | undefined {
  return length === 0 || size === 0 ? undefined : { start: Math.max(0, size - length), end: size - 1 };
}

function between(start: number, last: string, size: number): ByteRange | undefined {
  // A last position before the first one makes the header invalid, not the range unsatisfiable.
  if (last !== '' && Number(last) < start) return { start: 1, end: 0 };
  return start >= size ? undefined : { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

/** A range of another version must not be joined to what the client has. */
function mayContinue(ifRange: string | undefined, stored: ObjectInfo): boolean {
  if (ifRange === undefined) return true;
  if (ifRange.includes('"')) return ifRange.trim() === stored.etag;
  return Date.parse(ifRange) === wholeSeconds(stored.lastModified);
}

function listsTag(header: string, etag: string): boolean {
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}

/** HTTP dates have no fractions. */
function wholeSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000) * 1000;
}
