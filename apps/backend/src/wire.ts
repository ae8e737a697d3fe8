/** The composition root: everything the backend is made of, in order of need, in plain calls. */
import { mkdir } from 'node:fs/promises';
import { AppError } from '@imageflow/core';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { addMissingMethods } from './errors/methods.ts';
import type { Door } from './http/request-context.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';

export interface Backend {
  readonly app: FastifyInstance;
  /** Stops taking work, lets running work end, closes everything in reverse order. Idempotent. */
  close(): Promise<void>;
}

/** Starts everything but the listening; a start that fails closes what it had opened and rejects. */
export async function openBackend(config: Config, logger: Logger): Promise<Backend> {
  const lifecycle = createLifecycle(logger, config.drainMs);
  try {
    const app = await wire(config, logger, lifecycle);
    return { app, close: lifecycle.close };
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}

async function wire(config: Config, logger: Logger, lifecycle: Lifecycle): Promise<FastifyInstance> {
  await mkdir(config.dataDir, { recursive: true });
  const app = await createApp(config, logger, closedDoor);
  lifecycle.onClose('http', () => app.close());
  addMissingMethods(app);
  await app.ready();
  return app;
}

/** Lets nobody in: until the auth room is wired. */
const closedDoor: Door = {
  authenticator: { byToken: refuse, byTicket: refuse },
  audit: async () => undefined,
};

async function refuse(): Promise<never> {
  throw new AppError('UNAUTHENTICATED');
}
