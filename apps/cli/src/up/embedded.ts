/** The embedded platform: all its programs, started together and stopped in order. */
import { join } from 'node:path';
import { type Keeper, keepRunning, type Program, StartFailed } from './keeper.ts';
import { findReason, openLogs } from './logs.ts';
import { type EmbeddedSettings, planPrograms } from './programs.ts';

export interface Embedded {
  readonly address: string;
  readonly logFolder: string;
  readonly grpcPort: number;
  stop(): Promise<void>;
}

export interface EmbeddedHooks {
  /** A program is ready, for the first time or again. */
  onReady(program: string): void;
  onDeath(program: string, how: string, restartInMs: number): void;
}

/** The backend lets running work end before it goes; the services it needs for that go after it. */
const backendStopMs = 45_000;
const serviceStopMs = 15_000;
const startLimitMs = 120_000;

/** Resolves when everything is ready. A start that fails stops what had started and rejects with StartFailed. */
export async function startEmbedded(settings: EmbeddedSettings, hooks: EmbeddedHooks, signal?: AbortSignal): Promise<Embedded> {
  const programs = await planPrograms(settings);
  const logs = openLogs(join(settings.dataDir, 'logs'));
  const keep = (program: Program): Keeper =>
    keepRunning(program, {
      log: logs.open(program.name),
      onReady: () => hooks.onReady(program.name),
      onDeath: (how, delayMs) => hooks.onDeath(program.name, how, delayMs),
    });
  const services = programs.services.map(keep);
  const backend = keep(programs.backend);
  const stop = async (): Promise<void> => {
    await backend.stop(backendStopMs);
    await Promise.all(services.map((service) => service.stop(serviceStopMs)));
    await logs.close();
  };
  try {
    await within(Promise.all([backend, ...services].map((keeper) => keeper.ready)), signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address: addressOf(settings), logFolder: logs.folder, grpcPort: programs.grpcPort, stop };
}

/** Why a start failed, in the program's own words. */
export function explainStart(error: StartFailed): string {
  return findReason(error.output) ?? error.message;
}

async function within(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  const limit = AbortSignal.any([AbortSignal.timeout(startLimitMs), ...(signal === undefined ? [] : [signal])]);
  const stopped = new Promise<never>((_resolve, reject) => {
    limit.addEventListener('abort', () => reject(signal?.aborted ? signal.reason : new StartFailed('platform', 'took too long', '')), {
      once: true,
    });
  });
  await Promise.race([work, stopped]);
}

function addressOf({ host, port }: EmbeddedSettings): string {
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host === '127.0.0.1' ? 'localhost' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
