/** Cursors of lists: opaque to clients, the sort key of the last item inside. */
import { AppError } from '@imageflow/core';

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | undefined;
}

/** Makes a page of rows that were asked for with `limit + 1`. */
export function toPage<T>(rows: readonly T[], limit: number, keyOf: (row: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : undefined;
  return { items, nextCursor };
}

/** Header of RFC 8288 that leads to the next page; the request's other query parameters stay. */
export function linkHeaders(url: string, nextCursor: string | undefined): Record<string, string> {
  if (nextCursor === undefined) return {};
  const [path = '', query] = url.split('?');
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', nextCursor);
  return { link: `<${path}?${parameters}>; rel="next"` };
}

function encodeCursor(key: string): string {
  return Buffer.from(key).toString('base64url');
}

/** @throws AppError VALIDATION_ERROR when it is not a cursor of a list whose keys match `pattern`. */
export function decodeCursor(cursor: string, pattern: RegExp): string {
  const key = Buffer.from(cursor, 'base64url').toString();
  if (pattern.test(key)) return key;
  throw new AppError('VALIDATION_ERROR', {
    detail: {
      ja: 'cursor が不正です。前のページの next_cursor をそのまま使ってください',
      en: 'The cursor is not valid. Use the next_cursor of the previous page as it is',
    },
    faults: [{ field: 'query.cursor', message: { ja: '不正な値です', en: 'Not a cursor of this list' } }],
  });
}

export const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A text as a LIKE pattern that finds it anywhere. */
export function containsPattern(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
}
