/** The embedded platform: all its programs, started together and stopped in order. */
import { join } from 'node:path';
import { Stop } from '../exit.ts';
import { type Keeper, keepRunning, type Program, StartFailed } from './keeper.ts';
import { findReason, openLogs } from './logs.ts';
import { type EmbeddedSettings, planPrograms } from './programs.ts';

export interface Embedded {
  readonly address: string;
  readonly logFolder: string;
  readonly grpcPort: number;
  /** Of its processes, as they are now. */
  pids(): readonly number[];
  stop(): Promise<void>;
  /** At once; what was running is taken up by the next start. */
  kill(): void;
}

export interface EmbeddedHooks {
  /** One of the processes is another one now. */
  onStart(): void;
  /** A program is ready, for the first time or again. */
  onReady(program: string): void;
  onDeath(program: string, how: string, restartInMs: number): void;
}

/** The backend lets running work end before it goes; the services it needs for that go after it. */
const backendStopMs = 45_000;
const serviceStopMs = 15_000;
const startLimitMs = 120_000;
/** How long the backend may take to find services that are ready. */
const meetLimitMs = 15_000;
const meetPauseMs = 50;

/**
 * Resolves when everything is ready and the backend has met the services. A start that fails stops what had started and rejects with a Stop
 * that says why.
 */
export async function startEmbedded(settings: EmbeddedSettings, hooks: EmbeddedHooks, signal?: AbortSignal): Promise<Embedded> {
  const programs = await planPrograms(settings);
  const logs = openLogs(join(settings.dataDir, 'logs'));
  const keep = (program: Program): Keeper =>
    keepRunning(program, {
      log: logs.open(program.name),
      onStart: hooks.onStart,
      onReady: () => hooks.onReady(program.name),
      onDeath: (how, delayMs) => hooks.onDeath(program.name, how, delayMs),
    });
  const services = programs.services.map(keep);
  const backend = keep(programs.backend);
  const keepers = [backend, ...services];
  const address = addressOf(settings);
  const stop = async (): Promise<void> => {
    await backend.stop(backendStopMs);
    await Promise.all(services.map((service) => service.stop(serviceStopMs)));
    await logs.close();
  };
  try {
    await within(Promise.all(keepers.map((keeper) => keeper.ready)), signal);
    await waitUntilMet(address, signal);
  } catch (error) {
    await stop();
    throw error instanceof StartFailed ? explain(error, logs.folder) : error;
  }
  return {
    address,
    logFolder: logs.folder,
    grpcPort: programs.grpcPort,
    pids: () => keepers.map((keeper) => keeper.pid()).filter((pid) => pid !== undefined),
    stop,
    kill: () => {
      for (const keeper of keepers) keeper.kill();
    },
  };
}

/** In the program's own words. */
function explain(error: StartFailed, logFolder: string): Stop {
  const why = findReason(error.output) ?? error.message;
  return new Stop(
    'failed',
    `${error.program} を起動できませんでした: ${why}\nログ: ${logFolder}`,
    `${error.program} could not be started: ${why}\nLogs: ${logFolder}`,
    error,
  );
}

async function within(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  const limit = AbortSignal.any([AbortSignal.timeout(startLimitMs), ...(signal === undefined ? [] : [signal])]);
  const stopped = new Promise<never>((_resolve, reject) => {
    const onAbort = () => reject(signal?.aborted ? signal.reason : new StartFailed('platform', 'took too long', ''));
    if (limit.aborted) onAbort();
    limit.addEventListener('abort', onAbort, { once: true });
  });
  await Promise.race([work, stopped]);
}

/** A service that is slow to be found is no reason to fail: it is looked for again and again. */
async function waitUntilMet(address: string, signal: AbortSignal | undefined): Promise<void> {
  const until = performance.now() + meetLimitMs;
  while (performance.now() < until) {
    signal?.throwIfAborted();
    if (await isHealthy(address)) return;
    await new Promise((resolve) => setTimeout(resolve, meetPauseMs));
  }
}

/** Without the typed client, which would cost every start a third of a second and 40 MB (2 cores, November 2026). */
async function isHealthy(address: string): Promise<boolean> {
  try {
    const response = await fetch(`${address}/api/v1/health`, { signal: AbortSignal.timeout(5_000) });
    const health: unknown = await response.json();
    return typeof health === 'object' && health !== null && 'status' in health && health.status === 'healthy';
  } catch {
    return false;
  }
}

function addressOf({ host, port }: EmbeddedSettings): string {
  const isThisMachine = ['0.0.0.0', '::', '127.0.0.1', '::1', 'localhost'].includes(host);
  const shown = isThisMachine ? 'localhost' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
