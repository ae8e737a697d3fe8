/** The whole platform as a user starts it, on free ports and a folder of its own; and what a client of it does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { WebSocket } from 'ws';
import { freePorts } from '../scripts/servers/ports.ts';
import { listTree } from './processes.ts';

export interface Platform {
  readonly address: string;
  readonly startedInMs: number;
  /** Process ids of the whole tree. */
  processes(): Promise<readonly number[]>;
  login(): Promise<Client>;
  stop(): Promise<void>;
}

export interface Client {
  /** Header of requests that a scenario makes itself; good for a quarter of an hour. */
  readonly authorization: string;
  definePipeline(definition: { readonly pipeline_id: string } & Record<string, unknown>): Promise<void>;
  /** Sends an image and waits for the execution's terminal message on its WebSocket. Throws when it did not complete. */
  execute(pipelineId: string, image: Uint8Array, filename: string): Promise<Record<string, unknown>>;
}

const startLimitMs = 60_000;
const stopLimitMs = 30_000;
const executionLimitMs = 120_000;

/** The administrator of scratch installations. */
export const password = randomBytes(12).toString('hex');

/** `settings`: further variables of the environment. */
export async function startPlatform(dataDir: string, settings: Readonly<Record<string, string>> = {}): Promise<Platform> {
  const [port, grpcPort] = await freePorts(2);
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../apps/cli/bin/imageflow.mjs'), 'up', '--port', String(port), '--data-dir', dataDir],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...settings,
        IMAGEFLOW_ADMIN_PASSWORD: password,
        IMAGEFLOW_GRPC_PORT: String(grpcPort),
        IMAGEFLOW_LOG_LEVEL: 'warn',
      },
    },
  );
  const address = `http://127.0.0.1:${port}`;
  await waitUntilReady(child, address);
  const startedInMs = performance.now() - startedAt;
  return {
    address,
    startedInMs,
    processes: () => listTree(child.pid ?? 0),
    login: () => login(address),
    stop: () => stop(child),
  };
}

async function waitUntilReady(child: ChildProcess, address: string): Promise<void> {
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const deadline = performance.now() + startLimitMs;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) break;
    const isReady = await fetch(`${address}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill('SIGKILL');
  throw new Error(`The platform did not become ready:\n${output}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
  await ended;
  clearTimeout(timer);
}

export async function login(address: string): Promise<Client> {
  const answer = await call(`${address}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password }),
  });
  const authorization = `Bearer ${String(answer.access_token)}`;
  return {
    authorization,
    async definePipeline(definition) {
      const headers = { authorization, 'content-type': 'application/json' };
      await call(`${address}/api/v1/pipelines`, { method: 'POST', headers, body: JSON.stringify(definition) });
    },
    async execute(pipelineId, image, filename) {
      const form = new FormData();
      form.set('pipeline_id', pipelineId);
      form.set('input_files', new Blob([new Uint8Array(image)]), filename);
      const accepted = await call(`${address}/api/v1/executions`, { method: 'POST', headers: { authorization }, body: form });
      return waitForEnd(address, authorization, String(accepted.execution_id));
    },
  };
}

function waitForEnd(address: string, authorization: string, executionId: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${address.replace('http', 'ws')}/ws/execution/${executionId}?last_sequence=0`, {
      headers: { authorization },
      perMessageDeflate: false,
    });
    const timer = setTimeout(() => end(() => reject(new Error(`Execution ${executionId} has not ended`))), executionLimitMs);
    const end = (tell: () => void) => {
      clearTimeout(timer);
      socket.close();
      tell();
    };
    socket.on('error', (error) => end(() => reject(error)));
    socket.on('message', (bytes: Buffer) => {
      const message = JSON.parse(bytes.toString()) as Record<string, unknown>;
      if (message.type === 'completed') end(() => resolve(message));
      if (message.type === 'error') end(() => reject(new Error(`Execution ${executionId} failed: ${bytes.toString()}`)));
    });
  });
}

async function call(address: string, init: RequestInit): Promise<Record<string, unknown>> {
  const response = await fetch(address, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${init.method} ${address}: ${response.status} ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

export async function readInput(path: string): Promise<{ bytes: Uint8Array; name: string }> {
  return { bytes: await readFile(path), name: basename(path) };
}
