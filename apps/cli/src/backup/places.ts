/** Where an installation keeps what must not be lost: by the same settings as the backend's. */
import { join, resolve } from 'node:path';
import type { CliConfig } from '../config.ts';

export interface Places {
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly objectsUrl: string;
  /** Files and folders below the data folder: the keys and the users' own models. */
  readonly dataFiles: readonly string[];
}

const kept = ['service-key.txt', 'secret-key.txt', 'models'];

export function findPlaces(config: CliConfig, folder: string): Places {
  const dataDir = resolve(folder);
  return {
    dataDir,
    databaseUrl: config.databaseUrl ?? `pglite:${join(dataDir, 'database')}`,
    objectsUrl: config.objectsUrl ?? `folder:${join(dataDir, 'objects')}`,
    dataFiles: kept.map((name) => join(dataDir, name)),
  };
}
