/** The program: `main.ts` is a backend, `main.ts worker` a worker. Start, serve, stop on SIGTERM, SIGINT, or the end of its supervisor. */
import { setFlagsFromString } from 'node:v8';
import { AppError } from '@imageflow/core';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type Config, parseConfig } from './config.ts';
import { createLogger } from './runtime/logging.ts';

/** Beyond the drain itself, for the parts that close after it. */
const stopGraceMs = 10_000;

interface Program {
  readonly app: FastifyInstance;
  close(): Promise<void>;
}

type Kind = 'backend' | 'worker';

/** Only the chosen one is loaded. */
const programs: Readonly<Record<Kind, (config: Config, logger: Logger) => Promise<Program>>> = {
  backend: async (config, logger) => (await import('./wire.ts')).openBackend(config, logger),
  worker: async (config, logger) => (await import('./worker.ts')).openWorker(config, logger),
};

const kind: Kind = process.argv[2] === 'worker' ? 'worker' : 'backend';

/**
 * Most of what the heap takes is garbage that nobody has collected yet: of 313 MiB 91 were in use while 10,000 executions waited. With this it
 * takes 250, and the most that the program takes falls from 678 to 508 MiB (Node 24, November 2026; row 9 of the bench watches over it).
 */
function tuneMemory(): void {
  setFlagsFromString('--heap-growing-percent=50');
}

async function main(): Promise<void> {
  tuneMemory();
  const config = parseConfig(process.env);
  const logger = createLogger(config.logLevel, undefined, kind);
  const program = await programs[kind](config, logger);
  stopOnSignals(program, config.drainMs + stopGraceMs);
  // The supervisor died meanwhile, when nobody listened.
  if (process.send !== undefined && !process.connected) return void process.emit('disconnect');
  try {
    const port = kind === 'worker' ? config.workerPort : config.port;
    const address = await program.app.listen({ host: config.host, port });
    logger.info({ event: 'ready', address }, `${kind} is ready`);
    announce(address);
  } catch (error) {
    await program.close();
    throw error;
  }
}

/** Tells a supervisor that started this process with an IPC channel, and answers when it asks whether this process still moves. */
function announce(address: string): void {
  process.on('message', () => void process.send?.({ kind: 'pong' }, undefined, undefined, () => undefined));
  process.send?.({ kind: 'ready', address });
}

function stopOnSignals(program: Program, limitMs: number): void {
  const { log } = program.app;
  let isStopping = false;
  const stop = (signal: string): void => {
    if (isStopping) return;
    isStopping = true;
    log.info({ event: 'stopping', signal }, `${kind} is stopping`);
    // Last resort; does not itself keep the process alive.
    setTimeout(() => process.exit(1), limitMs).unref();
    void program.close().then(() => {
      log.info({ event: 'stopped' }, `${kind} has stopped`);
      process.exit(0);
    });
  };
  process.once('SIGTERM', stop);
  // Ctrl-C reaches the whole group of processes; the order of stopping is the supervisor's.
  process.on('SIGINT', (signal) => {
    if (!process.connected) stop(signal);
  });
  process.once('disconnect', () => stop('disconnect'));
}

main().catch((error: unknown) => {
  const logger = createLogger('info', undefined, kind);
  const faults = error instanceof AppError ? error.faults.map((fault) => ({ field: fault.field, message: fault.message.en })) : [];
  logger.fatal({ event: 'start_failed', err: error, faults }, `${kind} could not start`);
  process.exit(1);
});
