/**
 * One server of this machine, running as a process with a folder of its own.
 *
 * States: up ⇄ paused, up → down (stop, kill), down → up (start, with the same ports and data), any → removed.
 * A server belongs to the program that started it and ends with it, however that ends, unless it is `detached`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endProcess, sendSignal, signalTree, stopTree } from './processes.ts';

export interface ServerPlan {
  readonly name: string;
  /** Its data, configuration and log. */
  readonly folder: string;
  readonly command: readonly string[];
  /** `folder` when absent. */
  readonly workingFolder?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whose process it is, where this program's own user may not run it. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Asked again and again until true. */
  isReady(log: string): Promise<boolean> | boolean;
  readonly readyMs: number;
  /** How it is told to end, and how long that may take before it is killed. */
  readonly stopSignal: NodeJS.Signals;
  readonly stopMs: number;
  /** How it is told that its data is not needed any more; kill -9 when absent. */
  readonly removeSignal?: NodeJS.Signals;
  /** Files it leaves elsewhere. */
  readonly litter?: readonly string[];
}

export interface StartOptions {
  /** Of its data; kept by `remove`. Without it, a temporary one. */
  readonly folder?: string;
  /** Goes on when this program ends. */
  readonly detached?: boolean;
}

export interface Server {
  readonly name: string;
  readonly pid: number;
  readonly folder: string;
  /** Its log so far. */
  readonly logFile: string;
  readonly stopSignal: NodeJS.Signals;
  readonly stopMs: number;
  isUp(): boolean;
  /** Ends it in order; data and ports stay for the next `start`. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** Resolves when it answers. */
  start(): Promise<void>;
  restart(): Promise<void>;
  /** It stands still, its connections open: SIGSTOP. */
  pause(): void;
  resume(): void;
  /** Ends it at once and removes its folder when that was temporary. */
  remove(): Promise<void>;
}

/** Runs it and waits until it answers. @throws Error with the end of its log */
export async function runServer(plan: ServerPlan, options: StartOptions): Promise<Server> {
  const server = new ServerProcess(plan, options);
  try {
    await server.start();
    return server;
  } catch (error) {
    await server.remove();
    throw error;
  }
}

/** Of this program's own servers, to end them when it ends. Where the system can do it (setpriv), kill -9 of this program ends them too. */
const attached = new Set<ServerProcess>();
let isWatchingExit = false;

class ServerProcess implements Server {
  readonly name: string;
  readonly folder: string;
  readonly logFile: string;
  readonly stopSignal: NodeJS.Signals;
  readonly stopMs: number;
  readonly #plan: ServerPlan;
  readonly #options: StartOptions;
  #child: ChildProcess | undefined;

  constructor(plan: ServerPlan, options: StartOptions) {
    this.name = plan.name;
    this.folder = plan.folder;
    this.logFile = join(plan.folder, 'log');
    this.stopSignal = plan.stopSignal;
    this.stopMs = plan.stopMs;
    this.#plan = plan;
    this.#options = options;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  isUp(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async start(): Promise<void> {
    if (this.isUp()) return;
    const logStart = existsSync(this.logFile) ? statSync(this.logFile).size : 0;
    this.#child = this.#spawn();
    await this.#untilReady(logStart);
  }

  async stop(): Promise<void> {
    await this.#end(this.#plan.stopSignal);
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  pause(): void {
    if (this.isUp()) stopTree(this.pid);
  }

  resume(): void {
    if (this.isUp()) signalTree(this.pid, 'SIGCONT');
  }

  async remove(): Promise<void> {
    await this.#end(this.#plan.removeSignal ?? 'SIGKILL');
    for (const file of this.#plan.litter ?? []) rmSync(file, { force: true });
    if (this.#options.folder === undefined) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** At the end of this program, when nothing can be awaited. */
  killNow(): void {
    if (this.pid !== 0) sendSignal(this.pid, 'SIGKILL');
  }

  #spawn(): ChildProcess {
    const { command, env, user, folder, workingFolder = folder } = this.#plan;
    const [file = '', ...args] = this.#options.detached === true ? command : endingWithUs(command);
    const log = openSync(this.logFile, 'a');
    const child = spawn(file, args, {
      cwd: workingFolder,
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
      detached: true,
      ...user,
    });
    closeSync(log);
    // Told by the readiness check, which finds no process.
    child.on('error', () => undefined);
    if (this.#options.detached === true) child.unref();
    else this.#attach();
    return child;
  }

  #attach(): void {
    attached.add(this);
    if (isWatchingExit) return;
    isWatchingExit = true;
    process.on('exit', () => {
      for (const server of attached) server.killNow();
    });
  }

  async #untilReady(logStart: number): Promise<void> {
    const { name, readyMs, isReady } = this.#plan;
    const deadline = Date.now() + readyMs;
    for (;;) {
      const log = existsSync(this.logFile) ? readFileSync(this.logFile).subarray(logStart).toString() : '';
      if (this.pid === 0 || !this.isUp()) throw new Error(`${name} ended while it started. The end of its log:\n${tailOf(log)}`);
      if (await isReady(log)) return;
      if (Date.now() > deadline) throw new Error(`${name} is not ready after ${readyMs} ms. The end of its log:\n${tailOf(log)}`);
      await delay(50);
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.pid !== 0) await endProcess(this.pid, signal, this.#plan.stopMs);
    // Until its end is asked for, its number counts as in use: PostgreSQL would take it for one that holds the data.
    if (this.#child !== undefined && this.isUp()) await once(this.#child, 'exit');
    this.#child = undefined;
    attached.delete(this);
  }
}

/** The system sends the signal when the program that started it is gone; its own exit handler does not run on kill -9. */
function endingWithUs(command: readonly string[]): readonly string[] {
  return existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--', ...command] : command;
}

function tailOf(log: string): string {
  return log.trimEnd().split('\n').slice(-20).join('\n');
}

/** Whether somebody listens there. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
