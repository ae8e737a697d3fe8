/**
 * Instances that announced themselves, known to every backend and worker: the announcement reaches one of them, the database tells the others.
 * With the embedded database there are no others.
 */
import type { Database } from '@imageflow/adapters/database';
import type { Registration, ServicePool } from '@imageflow/adapters/rpc';
import { AppError, type Clock } from '@imageflow/core';
import { sql } from 'kysely';
import type { Logger } from 'pino';

export interface Roster {
  register(registration: Registration): Promise<{ readonly heartbeatSeconds: number }>;
  deregister(instanceId: string): Promise<void>;
  close(): Promise<void>;
}

export interface RosterNeeds {
  readonly database: Pick<Database, 'kind' | 'db'>;
  readonly pool: Pick<ServicePool, 'register' | 'deregister'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long the others take to hear of an instance. */
const lookMs = 2_000;
/** As long as the pool waits for a heartbeat. */
const aliveSeconds = 30;
const keptSeconds = 3600;

export function openRoster(needs: RosterNeeds): Roster {
  const { database, pool, clock, logger } = needs;
  if (database.kind === 'pglite') return createAlone(pool);
  const { db } = database;
  /** Heartbeats seen last, of those that are in the table. */
  let seen: ReadonlyMap<string, number> = new Map();
  let cancel = (): void => undefined;
  let looking = Promise.resolve();
  let isClosed = false;
  const look = async (): Promise<void> => {
    const rows = await selectAlive(database);
    const now = new Map(rows.map((row) => [row.instance_id, row.heartbeat_at.getTime()]));
    for (const row of rows) if (seen.get(row.instance_id) !== now.get(row.instance_id)) adopt(pool, row);
    for (const id of seen.keys()) if (!now.has(id)) pool.deregister(id);
    seen = now;
  };
  const next = (): void => {
    if (isClosed) return;
    looking = look().catch((error: unknown) => logger.debug({ err: error }, 'registered instances cannot be read now'));
    void looking.then(() => {
      if (!isClosed) cancel = clock.after(lookMs, next);
    });
  };
  next();
  return {
    async register(registration) {
      const answer = pool.register(registration);
      // The next heartbeat tells the others what this one could not.
      await writeHeartbeat(database, registration).catch((error: unknown) => logger.warn({ err: error }, 'a heartbeat was not passed on'));
      return answer;
    },
    async deregister(instanceId) {
      await db.deleteFrom('registered_instances').where('instance_id', '=', instanceId).execute();
      pool.deregister(instanceId);
    },
    async close() {
      isClosed = true;
      cancel();
      await looking;
    },
  };
}

function createAlone(pool: RosterNeeds['pool']): Roster {
  return {
    register: async (registration) => pool.register(registration),
    deregister: async (id) => void pool.deregister(id),
    close: async () => undefined,
  };
}

interface Row {
  readonly instance_id: string;
  readonly address: string;
  readonly max_connections: number;
  readonly heartbeat_at: Date;
}

async function selectAlive({ db }: RosterNeeds['database']): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`
    select * from registered_instances
    where heartbeat_at > clock_timestamp() - make_interval(secs => ${aliveSeconds}) order by instance_id`.execute(db);
  return rows;
}

async function writeHeartbeat({ db }: RosterNeeds['database'], { instanceId, address, maxConnections }: Registration): Promise<void> {
  await sql`
    with old as (delete from registered_instances where heartbeat_at < clock_timestamp() - make_interval(secs => ${keptSeconds})
      and instance_id <> ${instanceId})
    insert into registered_instances (instance_id, address, max_connections, heartbeat_at)
    values (${instanceId}, ${address}, ${maxConnections}, clock_timestamp())
    on conflict (instance_id) do update
    set address = excluded.address, max_connections = excluded.max_connections, heartbeat_at = excluded.heartbeat_at`.execute(db);
}

/** A name that is in this one's own settings is refused here, as it was where it announced itself. */
function adopt(pool: RosterNeeds['pool'], row: Row): void {
  try {
    pool.register({ instanceId: row.instance_id, address: row.address, maxConnections: row.max_connections });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}
