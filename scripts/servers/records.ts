/** What `npm run servers` has started, so that a later call finds it again: a file in the state folder, for its owner only. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerName } from './catalogue.ts';
import { InstallError } from './install.ts';
import { isAlive, startTimeOf } from './processes.ts';

export interface ServerRecord {
  readonly pid: number;
  /** Of the process: the pid alone could be another one's by now. */
  readonly startTime: string;
  readonly port: number;
  readonly stopSignal: NodeJS.Signals;
  readonly stopMs: number;
  /** Settings of the platform that lead to it. */
  readonly env: Readonly<Record<string, string>>;
}

export type Records = Partial<Readonly<Record<ServerName, ServerRecord>>>;

/** @throws InstallError when somebody else owns it */
export function openState(folder: string): void {
  mkdirSync(folder, { recursive: true });
  if (process.getuid !== undefined && statSync(folder).uid !== process.getuid()) {
    throw new InstallError(`${folder} belongs to somebody else. Name another folder with --data`);
  }
  // PostgreSQL's own user goes through it to the folder of its data.
  chmodSync(folder, 0o711);
}

export function readRecords(folder: string): Records {
  const file = join(folder, 'servers.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Records) : {};
}

export function writeRecord(folder: string, name: ServerName, record: ServerRecord): void {
  const file = join(folder, 'servers.json');
  const text = JSON.stringify({ ...readRecords(folder), [name]: record }, null, 2);
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function isRunning(record: ServerRecord | undefined): record is ServerRecord {
  return record !== undefined && isAlive(record.pid) && startTimeOf(record.pid) === record.startTime;
}
