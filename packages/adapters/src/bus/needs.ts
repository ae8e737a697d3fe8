/** What a bus is opened with. */
import type { Clock } from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Tables } from '../database/schema.ts';

export interface BusNeeds {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly logger: Logger;
}
