/** The servers that all programs share: PostgreSQL, an object store, a bus. */
import { join } from 'node:path';
import { startPostgres } from '../../scripts/servers/postgres.ts';

export interface Servers {
  readonly databaseUrl: string;
  readonly objectsUrl: string;
  readonly busUrl: string;
  remove(): Promise<void>;
}

export async function openServers(folder: string): Promise<Servers> {
  const postgres = await startPostgres({ isDurable: false });
  return {
    databaseUrl: postgres.url,
    objectsUrl: `folder:${join(folder, 'objects')}`,
    busUrl: 'embedded',
    remove: () => postgres.remove(),
  };
}
