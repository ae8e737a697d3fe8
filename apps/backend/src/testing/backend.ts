/** The whole backend for tests: a real database, a folder of its own, the log kept. Open it once a test file. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { copyTestDatabase, scratchFolder } from '@imageflow/adapters/database/testing';
import type { Clock, Role } from '@imageflow/core';
import type { FastifyInstance } from 'fastify';
import { type Config, parseConfig } from '../config.ts';
import { createLogger } from '../runtime/logging.ts';
import { type Platform, systemPlatform } from '../runtime/platform.ts';
import { openBackend } from '../wire.ts';

export interface TestBackend {
  readonly app: FastifyInstance;
  readonly config: Config;
  readonly grpcPort: number;
  /** Lines of the log so far, as written. */
  readonly log: readonly string[];
  /** Headers of a user with this role, who is made at the first call. */
  login(role: Role): Promise<{ readonly authorization: string }>;
  /** Listens on a free port of the loopback; answers "http://127.0.0.1:…". */
  listen(): Promise<string>;
  close(): Promise<void>;
}

export interface TestOptions {
  /** Settings, over the test's own. Services named in them have described themselves when the backend is open. */
  readonly env?: Readonly<Record<string, string>>;
  readonly platform?: Partial<Platform>;
}

const serviceStartMs = 20_000;
export const adminPassword = 'the-admin-of-the-tests';
export const userPassword = 'a-user-of-the-tests';

export async function openTestBackend(options: TestOptions = {}): Promise<TestBackend> {
  const dataDir = await mkdtemp(join(scratchFolder(), 'imageflow-test-'));
  const log: string[] = [];
  await mkdir(join(dataDir, 'database'));
  await copyTestDatabase(join(dataDir, 'database'));
  const config = parseConfig({ ...testSettings(dataDir), ...options.env });
  const logger = createLogger(config.logLevel, collect(log));
  const backend = await openBackend(config, logger, { ...systemPlatform, ...options.platform });
  const { app } = backend;
  if (!(await backend.settled(serviceStartMs))) throw new Error('a service of the test does not answer');
  const sessions = new Map<Role, Promise<{ readonly authorization: string }>>();
  return {
    app,
    config,
    grpcPort: backend.grpcPort,
    log,
    login(role) {
      const session = sessions.get(role) ?? signIn(app, role);
      sessions.set(role, session);
      return session;
    },
    listen: () => app.listen({ host: '127.0.0.1', port: 0 }),
    async close() {
      await backend.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function testSettings(dataDir: string): Record<string, string> {
  return {
    IMAGEFLOW_DATA_DIR: dataDir,
    IMAGEFLOW_ADMIN_PASSWORD: adminPassword,
    IMAGEFLOW_GRPC_PORT: '0',
    // Tests of the pages name theirs.
    IMAGEFLOW_WEB_DIR: join(dataDir, 'no-pages'),
    // An empty value would stand for the default.
    IMAGEFLOW_SERVICES: ',',
    IMAGEFLOW_LOG_LEVEL: 'debug',
    IMAGEFLOW_LOGINS_PER_MINUTE: '1000',
    IMAGEFLOW_DRAIN_MS: '5000',
    IMAGEFLOW_TIMEZONE: 'Asia/Tokyo',
  };
}

function collect(lines: string[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      lines.push(...String(chunk).split('\n').filter(Boolean));
      done();
    },
  });
}

async function signIn(app: FastifyInstance, role: Role): Promise<{ readonly authorization: string }> {
  if (role === 'admin') return tokenOf(app, 'admin', adminPassword);
  const username = `${role}-of-the-tests`;
  const headers = await tokenOf(app, 'admin', adminPassword);
  const payload = { username, role, password: userPassword };
  const made = await app.inject({ method: 'POST', url: '/api/v1/users', headers, payload });
  if (made.statusCode !== 201) throw new Error(`no user with the role ${role}: ${made.body}`);
  return tokenOf(app, username, userPassword);
}

async function tokenOf(app: FastifyInstance, username: string, password: string): Promise<{ readonly authorization: string }> {
  const answer = await app.inject({ method: 'POST', url: '/api/v1/auth/login', payload: { username, password } });
  if (answer.statusCode !== 200) throw new Error(`${username} cannot sign in: ${answer.body}`);
  return { authorization: `Bearer ${answer.json<{ access_token: string }>().access_token}` };
}

/** A clock that can be put forward; its timers are the machine's own. */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

export function createTestClock(): TestClock {
  let ahead = 0;
  return {
    ...systemPlatform.clock,
    now: () => Date.now() + ahead,
    advance: (ms) => {
      ahead += ms;
    },
  };
}
