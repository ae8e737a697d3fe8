/** Who calls the backend from inside the platform: its services and the other backends, by the service key. */
import type { Metadata } from '@grpc/grpc-js';
import { AppError } from '@imageflow/core';
import type { ServiceKey } from './service-key.ts';

export function hasServiceKey(metadata: Metadata, serviceKey: ServiceKey): boolean {
  const key = /^Bearer +(\S+)$/i.exec(metadata.get('authorization')[0]?.toString() ?? '')?.[1];
  return key !== undefined && serviceKey.isKey(key);
}

/** @throws AppError UNAUTHENTICATED */
export function requireServiceKey(metadata: Metadata, serviceKey: ServiceKey): void {
  if (hasServiceKey(metadata, serviceKey)) return;
  throw new AppError('UNAUTHENTICATED', {
    detail: {
      ja: 'サービスキー（IMAGEFLOW_SERVICE_KEY）が必要です。バックエンドとサービスのすべてに同じ値を設定してください',
      en: 'The service key is needed: give all backends and services the same IMAGEFLOW_SERVICE_KEY',
    },
  });
}
