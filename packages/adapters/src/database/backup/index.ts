/** Saving a database's rows, and bringing them back, on either engine. */
export { type DumpSink, dumpDatabase } from './dump.ts';
export { type Dump, holdsData, loadDatabase } from './load.ts';
