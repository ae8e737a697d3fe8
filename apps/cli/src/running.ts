/**
 * Platforms that run on this machine: one small file each, which only the user who started it can read. It says where the platform is, how
 * this user's own commands are let in without a sign-in, and which processes belong to it.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The account that exists while a platform runs that was started with a local password. */
export const localUser = 'local';

export interface Running {
  readonly pid: number;
  readonly address: string;
  readonly data_dir: string;
  readonly local_password: string;
  /** Its processes. */
  readonly children: readonly number[];
}

export interface RunningRecord {
  write(facts: Omit<Running, 'pid'>): Promise<void>;
  remove(): Promise<void>;
}

export function recordOfThisProcess(configDir: string): RunningRecord {
  const file = fileOf(configDir, process.pid);
  return {
    async write(facts) {
      await mkdir(folderOf(configDir), { recursive: true, mode: 0o700 });
      const fresh = `${file}.new`;
      await writeFile(fresh, `${JSON.stringify({ pid: process.pid, ...facts }, null, 2)}\n`, { mode: 0o600 });
      await rename(fresh, file);
    },
    remove: () => rm(file, { force: true }),
  };
}

/** Those whose starter lives. */
export async function listRunning(configDir: string): Promise<readonly Running[]> {
  return (await readAll(configDir)).filter(({ pid }) => isAlive(pid));
}

export async function findRunning(configDir: string, isWanted: (one: Running) => boolean): Promise<Running | undefined> {
  return (await listRunning(configDir)).find(isWanted);
}

/** Processes on these data whose starter was killed: they end by themselves, but hold the data until then. */
export async function listOrphans(configDir: string, dataDir: string): Promise<readonly number[]> {
  const left = (await readAll(configDir)).filter((one) => !isAlive(one.pid));
  const orphans = left.filter((one) => one.data_dir === dataDir).flatMap((one) => one.children.filter(isAlive));
  const isOver = (one: Running) => !one.children.some(isAlive);
  await Promise.all(left.filter(isOver).map((one) => rm(fileOf(configDir, one.pid), { force: true })));
  return orphans;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Someone else's process lives too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function readAll(configDir: string): Promise<readonly Running[]> {
  const names = await readdir(folderOf(configDir)).catch(() => []);
  const records = names.filter((name) => name.endsWith('.json')).map((name) => read(join(folderOf(configDir), name)));
  return (await Promise.all(records)).filter((one) => one !== undefined);
}

async function read(file: string): Promise<Running | undefined> {
  try {
    return parseRunning(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // Removed meanwhile, or not ours.
    return undefined;
  }
}

function parseRunning(value: unknown): Running | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, address, data_dir, local_password, children } = value as Partial<Record<keyof Running, unknown>>;
  const isWhole = typeof pid === 'number' && typeof address === 'string' && typeof data_dir === 'string' && Array.isArray(children);
  if (!isWhole || typeof local_password !== 'string') return undefined;
  return { pid, address, data_dir, local_password, children: children.filter((child) => typeof child === 'number') };
}

function folderOf(configDir: string): string {
  return join(configDir, 'running');
}

function fileOf(configDir: string, pid: number): string {
  return join(folderOf(configDir), `${pid}.json`);
}
