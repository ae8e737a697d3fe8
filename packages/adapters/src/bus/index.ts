/** The message bus of an address: "embedded" lives in this process and keeps its queue in the database. */
import { AppError, type Bus, type Clock } from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Tables } from '../database/schema.ts';
import { openEmbeddedBus } from './embedded/bus.ts';

export interface BusNeeds {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** @throws AppError VALIDATION_ERROR: unknown address. */
export async function openBus(url: string, needs: BusNeeds): Promise<Bus> {
  if (url === 'embedded') return openEmbeddedBus(needs);
  throw new AppError('VALIDATION_ERROR', {
    detail: { ja: 'メッセージ基盤のアドレスには embedded を指定してください', en: 'Give "embedded" as the address of the message bus' },
  });
}
