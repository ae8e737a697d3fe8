/** Errors every store answers with. */
import { AppError } from '@imageflow/core';

export function objectNotFound(key: string, cause?: unknown): AppError {
  return new AppError('OBJECT_NOT_FOUND', {
    detail: { ja: `ファイル ${key} は保存先にありません`, en: `The file ${key} is not in the store` },
    cause,
  });
}

export function objectTooLarge(maxBytes: number): AppError {
  return new AppError('OBJECT_TOO_LARGE', {
    detail: {
      ja: `ファイルが上限の ${maxBytes} バイトを超えています`,
      en: `The file has more bytes than the limit of ${maxBytes}`,
    },
    extensions: { max_bytes: maxBytes },
  });
}

export function rangeOutside(sizeBytes: number): AppError {
  return new AppError('RANGE_NOT_SATISFIABLE', {
    detail: {
      ja: `指定された範囲はファイル（${sizeBytes} バイト）の外です`,
      en: `The range lies outside the file of ${sizeBytes} bytes`,
    },
    extensions: { size_bytes: sizeBytes },
  });
}
