/** For tests: the program as a user calls it, with settings of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bin = join(import.meta.dirname, '../bin/imageflow.mjs');

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** Everything written so far. */
  output(): string;
  /** Resolves when the text has been written; rejects with the output when the program ends before. */
  says(text: string | RegExp): Promise<string>;
  /** Answers the exit code. */
  ended(): Promise<number | null>;
}

export interface Cli {
  readonly folder: string;
  call(args: readonly string[], env?: Readonly<Record<string, string>>, input?: string): Promise<Outcome>;
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Started;
  close(): Promise<void>;
}

/** A user with an empty home; whatever is still running at `close` is ended. */
export async function openCli(): Promise<Cli> {
  const folder = await mkdtemp(join(tmpdir(), 'imageflow-cli-'));
  const started: Started[] = [];
  const settings = (env: Readonly<Record<string, string>> = {}) => ({
    ...process.env,
    LANG: 'C',
    LC_ALL: '',
    IMAGEFLOW_CONFIG_DIR: join(folder, 'config'),
    IMAGEFLOW_DATA_DIR: join(folder, 'data'),
    IMAGEFLOW_LOG_LEVEL: 'info',
    ...env,
  });
  return {
    folder,
    call: (args, env, input = '') =>
      new Promise((resolve) => {
        const child = execFile(process.execPath, [bin, ...args], { env: settings(env) }, (error, stdout, stderr) => {
          resolve({ code: Number(error?.code ?? 0), stdout, stderr });
        });
        child.stdin?.end(input);
      }),
    start(args, env) {
      const child = spawn(process.execPath, [bin, ...args], { env: settings(env), stdio: ['ignore', 'pipe', 'pipe'] });
      const one = watch(child);
      started.push(one);
      return one;
    },
    async close() {
      for (const { child } of started) child.kill('SIGTERM');
      await Promise.all(started.map((one) => one.ended()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function watch(child: ChildProcess): Started {
  let output = '';
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      tell();
    });
  }
  child.once('close', tell);
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    output: () => output,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (typeof text === 'string' ? output.includes(text) : text.test(output)) settle(() => resolve(output));
          else if (isOver()) settle(() => reject(new Error(`It ended without saying ${String(text)}:\n${output}`)));
        };
        const settle = (end: () => void): void => {
          listeners.delete(look);
          end();
        };
        listeners.add(look);
        look();
      }),
    async ended() {
      if (!isOver()) await once(child, 'close');
      return child.exitCode;
    },
  };
}
