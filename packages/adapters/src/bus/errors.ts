import { AppError } from '@imageflow/core';
import { maxMessageBytes } from './topics.ts';

/** Any failure of a bus as a catalogue error. */
export function toBusError(cause: unknown): AppError {
  if (cause instanceof AppError && cause.code === 'STORE_FULL') return cause;
  return new AppError('BUS_UNAVAILABLE', { cause });
}

export function messageTooLarge(topic: string, sizeBytes: number): AppError {
  return new AppError('TOO_LARGE', {
    detail: {
      ja: `${topic} のメッセージ（${sizeBytes} バイト）が上限 ${maxMessageBytes} バイトを超えています`,
      en: `A message of ${sizeBytes} bytes for ${topic} is over the limit of ${maxMessageBytes} bytes`,
    },
    extensions: { size_bytes: sizeBytes, max_bytes: maxMessageBytes },
  });
}
