/** Entity tags of versioned things, and the preconditions of RFC 9110 §13. */
import { AppError } from '@imageflow/core';

export function versionTag(version: number): string {
  return `"v${version}"`;
}

/**
 * @throws AppError PRECONDITION_REQUIRED without the header, PRECONDITION_FAILED when the thing has another version by now:
 * the second of two editors must see the first one's change before replacing it.
 */
export function requireMatch(ifMatch: string | undefined, version: number): void {
  if (ifMatch === undefined) {
    throw new AppError('PRECONDITION_REQUIRED', {
      detail: {
        ja: '取得したときの ETag を If-Match ヘッダーに付けてください',
        en: 'Send the ETag you read as the If-Match header',
      },
    });
  }
  if (isListed(ifMatch, version)) return;
  throw new AppError('PRECONDITION_FAILED', {
    detail: {
      ja: `他の変更が先に保存されました（現在のバージョンは ${version}）。読み直してから変更してください`,
      en: `It was changed in the meantime (now at version ${version}). Read it again, then change it`,
    },
    extensions: { current_version: version },
  });
}

/** Whether a client's copy is still good (If-None-Match). */
export function isFresh(ifNoneMatch: string | undefined, version: number): boolean {
  return ifNoneMatch !== undefined && isListed(ifNoneMatch.replaceAll('W/', ''), version);
}

function isListed(header: string, version: number): boolean {
  const tags = header.split(',').map((tag) => tag.trim());
  return tags.includes('*') || tags.includes(versionTag(version));
}
