/** The backend's program: start, serve, stop on SIGTERM, SIGINT, or the end of its supervisor. */
import { AppError } from '@imageflow/core';
import { parseConfig } from './config.ts';
import { createLogger } from './logging.ts';
import { type Backend, openBackend } from './wire.ts';

/** Beyond the drain itself, for the parts that close after it. */
const stopGraceMs = 10_000;

async function main(): Promise<void> {
  const config = parseConfig(process.env);
  const logger = createLogger(config.logLevel);
  const backend = await openBackend(config, logger);
  stopOnSignals(backend, config.drainMs + stopGraceMs);
  // The supervisor died meanwhile, when nobody listened.
  if (process.send !== undefined && !process.connected) return void process.emit('disconnect');
  try {
    const address = await backend.app.listen({ host: config.host, port: config.port });
    logger.info({ event: 'ready', address }, 'backend is ready');
    // To a supervisor that started this process with an IPC channel.
    process.send?.({ kind: 'ready', address });
  } catch (error) {
    await backend.close();
    throw error;
  }
}

function stopOnSignals(backend: Backend, limitMs: number): void {
  const { log } = backend.app;
  let isStopping = false;
  const stop = (signal: string): void => {
    if (isStopping) return;
    isStopping = true;
    log.info({ event: 'stopping', signal }, 'backend is stopping');
    // Last resort; does not itself keep the process alive.
    setTimeout(() => process.exit(1), limitMs).unref();
    void backend.close().then(() => {
      log.info({ event: 'stopped' }, 'backend has stopped');
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
  const logger = createLogger('info');
  const faults = error instanceof AppError ? error.faults.map((fault) => ({ field: fault.field, message: fault.message.en })) : [];
  logger.fatal({ event: 'start_failed', err: error, faults }, 'backend could not start');
  process.exit(1);
});
