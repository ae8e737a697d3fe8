/**
 * A Python with what the peers need, in a folder of the user's cache, never in the project. IMAGEFLOW_BENCH_PYTHON names another one.
 * ultralytics is AGPL-3.0: it is installed only when IMAGEFLOW_BENCH_ULTRALYTICS=1 asks for it, on this machine, for this comparison.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Python {
  readonly path: string;
  /** Runs a script to its end. */
  script(file: string, args: readonly string[], folder?: string): Promise<void>;
  /** Starts a script that says "ready" and then answers each number with a JSON list of milliseconds. */
  start(file: string, args: readonly string[]): Promise<Peer>;
}

export interface Peer {
  /** What it said after "ready". */
  readonly greeting: string;
  run(count: number): Promise<readonly number[]>;
  stop(): void;
}

const packages = ['numpy==2.4.6', 'onnxruntime==1.32.0', 'opencv-python-headless==5.0.0.93'];

export async function openPython(log: (line: string) => void): Promise<Python> {
  const path = process.env.IMAGEFLOW_BENCH_PYTHON ?? (await prepare(log));
  return {
    path,
    async script(file, args, folder) {
      await run(path, [file, ...args], { maxBuffer: 64 * 1024 * 1024, ...(folder === undefined ? {} : { cwd: folder }) });
    },
    start: (file, args) => startPeer(path, file, args),
  };
}

async function prepare(log: (line: string) => void): Promise<string> {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'imageflow-bench');
  const python = join(folder, 'venv/bin/python');
  await mkdir(folder, { recursive: true });
  if (!(await exists(python))) await run('python3', ['-m', 'venv', join(folder, 'venv')]);
  const wanted = [...packages, ...(process.env.IMAGEFLOW_BENCH_ULTRALYTICS === '1' ? ['ultralytics==8.4.190', 'onnx==1.23.2'] : [])];
  log(`installing ${wanted.join(', ')} in ${folder}`);
  await run(python, ['-m', 'pip', 'install', '--quiet', ...wanted], { maxBuffer: 64 * 1024 * 1024 });
  return python;
}

async function startPeer(python: string, file: string, args: readonly string[]): Promise<Peer> {
  const child = spawn(python, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const greeting = await lineStarting(child, lines, 'ready');
  return {
    greeting: greeting.slice('ready'.length).trim(),
    async run(count) {
      const answer = lineStarting(child, lines, '[');
      child.stdin.write(`${count}\n`);
      return JSON.parse(await answer) as number[];
    },
    stop: () => child.stdin.end(),
  };
}

/** Libraries print lines of their own; they are passed over. */
function lineStarting(child: ChildProcess, lines: Interface, start: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('The Python peer has ended'));
    const onLine = (line: string) => {
      if (!line.startsWith(start)) return;
      lines.off('line', onLine);
      child.off('exit', onExit);
      resolve(line);
    };
    lines.on('line', onLine);
    child.once('exit', onExit);
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
