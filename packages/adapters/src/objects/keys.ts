/** What a key may be: the same for every store. */
import { AppError } from '@imageflow/core';

/** S3's limit, in bytes of UTF-8. */
const maxKeyBytes = 1024;

/**
 * Non-empty segments between '/', none of them "." or "..", no control characters or backslash.
 * @throws AppError VALIDATION_ERROR
 */
export function checkKey(key: string): void {
  const segments = key.split('/');
  const isSafe = segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (isSafe && !/[\u0000-\u001f\u007f\\]/.test(key) && Buffer.byteLength(key) <= maxKeyBytes) return;
  throw new AppError('VALIDATION_ERROR', {
    detail: { ja: '保存先のキーに使えない文字があります', en: 'The key of the object is not allowed' },
    faults: [{ field: 'key', message: { ja: '使えないキーです', en: 'Not an allowed key' }, value: key.slice(0, 100) }],
  });
}

/** A prefix is empty, or a key and '/'. */
export function checkPrefix(prefix: string): void {
  if (prefix !== '') checkKey(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix);
}
