import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { AppError } from '@imageflow/core';
import { fromGrpcError, loadServices, type RegistryServiceClient } from '@imageflow/grpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';
import { openTestService, type TestService } from '../../testing/service.ts';
import { serviceKeyFile } from './service-key.ts';

let named: TestService;
let other: TestService;
let backend: TestBackend;
let admin: { readonly authorization: string };
let address: string;
let registry: RegistryServiceClient;
let key: string;

beforeAll(async () => {
  named = await openTestService('ToolService', [{ method: 'Polish', parameters: { type: 'object' } }]);
  other = await openTestService('ExtraService', [{ method: 'Add', parameters: { type: 'object' } }]);
  backend = await openTestBackend({ env: { IMAGEFLOW_SERVICES: named.setting } });
  admin = await backend.login('admin');
  address = await backend.listen();
  registry = new (loadServices().RegistryService)(`127.0.0.1:${backend.grpcPort}`, credentials.createInsecure());
  key = (await readFile(serviceKeyFile(backend.config.dataDir), 'utf8')).trim();
});
afterAll(async () => {
  registry.close();
  await backend.close();
  named.close();
  other.close();
});

async function services() {
  const answer = await backend.app.inject({ url: '/api/v1/grpc-services', headers: admin });
  expect(answer.statusCode).toBe(200);
  return answer.json().items;
}

function setMaintenance(id: string, enabled: unknown, headers: Record<string, string> = admin) {
  return backend.app.inject({ method: 'PUT', url: `/api/v1/grpc-services/instances/${id}/maintenance`, headers, payload: { enabled } });
}

function call(method: 'Register' | 'Deregister', request: object, authorization = `Bearer ${key}`): Promise<unknown> {
  const metadata = new Metadata();
  metadata.set('authorization', authorization);
  // Both methods are alike but for their messages.
  const send = registry[method].bind(registry) as (
    request: object,
    metadata: Metadata,
    callback: (error: ServiceError | null, response?: unknown) => void,
  ) => void;
  return new Promise((resolve, reject) => {
    send(request, metadata, (error, response) => (error === null ? resolve(response) : reject(fromGrpcError(error))));
  });
}

interface Message {
  readonly type: string;
  readonly sequence: number;
  readonly instance?: { readonly instance_id: string; readonly status: string };
  readonly services?: readonly unknown[];
  readonly health?: { readonly status: string };
}

/** Messages in order; `until` waits for the first that fits and leaves out those before it. */
async function openStatus(): Promise<{ until(fits: (message: Message) => boolean): Promise<Message>; close(): void }> {
  const socket = new WebSocket(`${address.replace('http', 'ws')}/ws/system-status`, { headers: admin });
  const inbox: Message[] = [];
  socket.on('message', (data) => inbox.push(JSON.parse(String(data))));
  await once(socket, 'open');
  return {
    close: () => socket.terminate(),
    async until(fits) {
      for (;;) {
        const next = inbox.shift();
        if (next === undefined) await once(socket, 'message');
        else if (fits(next)) return next;
      }
    },
  };
}

test('services are listed with their instances, states and figures', async () => {
  expect(await services()).toMatchObject([
    {
      service: 'ToolService',
      status: 'active',
      components: ['ToolService.Polish'],
      instances: [
        {
          instance_id: 'tool-1',
          origin: 'settings',
          status: 'active',
          trouble: null,
          circuit_breaker: { state: 'closed', failures: 0, opened_at: null },
          current_connections: 0,
          max_connections: 100,
        },
      ],
    },
  ]);
});

test('maintenance is told live, shown, kept in the audit log, and ended', async () => {
  const status = await openStatus();
  const snapshot = await status.until(() => true);
  expect(snapshot).toMatchObject({ type: 'snapshot', sequence: 1, health: { status: 'healthy' }, services: [{ service: 'ToolService' }] });
  expect((await setMaintenance('tool-1', true)).json()).toMatchObject({ instance_id: 'tool-1', status: 'maintenance' });
  const change = await status.until((message) => message.instance?.status === 'maintenance');
  expect(change).toMatchObject({ type: 'instance_changed', instance: { instance_id: 'tool-1' } });
  expect(change.sequence).toBeGreaterThan(1);
  expect((await services())[0].status).toBe('maintenance');
  expect((await setMaintenance('tool-1', false)).json().status).toBe('active');
  status.close();
});

test('who may not, or names nobody, is refused', async () => {
  expect((await setMaintenance('tool-1', true, await backend.login('engineer'))).statusCode).toBe(403);
  expect((await setMaintenance('nobody', true)).statusCode).toBe(404);
  expect((await setMaintenance('tool-1', 'yes')).statusCode).toBe(400);
});

test('an instance that announces itself brings a component, and takes it away', async () => {
  const status = await openStatus();
  const instance = { instance_id: 'extra-a', address: other.setting.split('=')[1] };
  expect(await call('Register', instance)).toEqual({ heartbeat_seconds: 10 });
  await status.until((message) => message.instance?.instance_id === 'extra-a' && message.instance.status === 'active');
  const url = '/api/v1/components/ExtraService.Add';
  expect((await backend.app.inject({ url, headers: admin })).statusCode).toBe(200);
  await call('Deregister', { instance_id: 'extra-a' });
  await status.until((message) => message.type === 'instance_removed');
  expect((await backend.app.inject({ url, headers: admin })).statusCode).toBe(404);
  status.close();
});

test.each<[string, object, string | undefined, string]>([
  ['without a key', { instance_id: 'a', address: 'h:1' }, '', 'UNAUTHENTICATED'],
  ['with a wrong key', { instance_id: 'a', address: 'h:1' }, 'Bearer wrong', 'UNAUTHENTICATED'],
  ['without an address', { instance_id: 'a' }, undefined, 'VALIDATION_ERROR'],
  ['with an address that is none', { instance_id: 'a', address: 'http://h:1/x' }, undefined, 'VALIDATION_ERROR'],
  ['without a name', { address: 'h:1' }, undefined, 'VALIDATION_ERROR'],
  ['under the name of a configured instance', { instance_id: 'tool-1', address: 'h:1' }, undefined, 'CONFLICT'],
])('an announcement %s is refused', async (_what, request, authorization, code) => {
  const refusal = await call('Register', request, authorization).catch((error: AppError) => error.code);
  expect(refusal).toBe(code);
});

test('the token of an administrator announces too, that of a viewer does not', async () => {
  const request = { instance_id: 'extra-b', address: other.setting.split('=')[1] };
  expect(await call('Register', request, admin.authorization)).toEqual({ heartbeat_seconds: 10 });
  await call('Deregister', request, admin.authorization);
  const viewer = await backend.login('viewer');
  expect(await call('Register', request, viewer.authorization).catch((error: AppError) => error.code)).toBe('FORBIDDEN');
});
