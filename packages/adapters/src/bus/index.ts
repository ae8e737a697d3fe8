/** The message bus of an address: "embedded" lives in this process and keeps its queue in the database, "kafka://…" is a cluster. */
import { AppError, type Bus } from '@imageflow/core';
import { openEmbeddedBus } from './embedded/bus.ts';
import type { BusNeeds } from './needs.ts';

export type { BusNeeds };

/** @throws AppError VALIDATION_ERROR: unknown address. A cluster that is away is no error: it is waited for. */
export async function openBus(url: string, needs: BusNeeds): Promise<Bus> {
  if (url === 'embedded') return openEmbeddedBus(needs);
  if (url.startsWith('kafka://')) return openKafkaBus(url, needs);
  throw new AppError('VALIDATION_ERROR', {
    detail: {
      ja: 'メッセージ基盤のアドレスには embedded か kafka://<ホスト>:<ポート> を指定してください',
      en: 'Give "embedded" or kafka://<host>:<port> as the address of the message bus',
    },
  });
}

/** For whoever has no database at hand. @throws AppError VALIDATION_ERROR: unknown address. */
export async function openKafkaBus(url: string, needs: Omit<BusNeeds, 'db'>): Promise<Bus> {
  // Loaded when it is wanted: the client is large, and the embedded platform does without.
  return (await import('./kafka/bus.ts')).openKafkaBus(url, needs);
}
