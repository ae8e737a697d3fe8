/** How the engine is started. */
import { PGlite } from '@electric-sql/pglite';

/** Of the files in the folder. */
export const majorVersion = '18';

/**
 * Resident memory of a process with an open database, 2,000 rows written, Debian 12 x64, Node 24.21, November 2026: 390 MB with the
 * defaults (128 MB of shared buffers), 270 MB with these. "-F" of the defaults would switch fsync off.
 */
export const engineSettings: readonly string[] = [
  ...PGlite.defaultStartParams.filter((part) => part !== '-F'),
  ...Object.entries({
    wal_sync_method: 'fsync',
    shared_buffers: '32MB',
    wal_buffers: '1MB',
    work_mem: '4MB',
    maintenance_work_mem: '16MB',
    min_wal_size: '32MB',
    max_wal_size: '128MB',
    max_connections: '4',
    // Compiling a query takes longer than any of ours runs.
    jit: 'off',
    // There is no background process here to do it, and it would not be cheaper.
    autovacuum: 'off',
    idle_in_transaction_session_timeout: '0',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
];
