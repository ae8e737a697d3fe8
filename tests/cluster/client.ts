/** One user's view of one backend. */
import { type Client, createClient } from '@imageflow/client';
import WebSocket from 'ws';
import { toPayload } from '../../apps/backend/src/rooms/executions/lab.ts';

export const adminPassword = 'the-admin-of-the-cluster';

export interface Execution {
  readonly execution_id: string;
  readonly status: string;
  readonly execution_mode: string;
  readonly sequence: number;
  readonly queue_position: number | null;
  readonly error: unknown;
  readonly steps: readonly { readonly step_id: string; readonly attempts: number }[];
  readonly output_files: readonly { readonly step_id: string; readonly file_id: string }[];
}

export interface Seat {
  readonly address: string;
  readonly client: Client;
  ask(path: string, init?: RequestInit): Promise<{ readonly status: number; readonly body: unknown }>;
  start(pipelineId: string, parameters?: object, priority?: string): Promise<string>;
  get(id: string): Promise<Execution>;
  follow(id: string): Promise<Followed>;
}

export interface Followed {
  readonly messages: Message[];
  /** Resolves when the server has closed it. */
  readonly ended: Promise<void>;
  close(): void;
}

export interface Message {
  readonly type: string;
  readonly sequence: number;
  readonly status?: string;
}

/** `token` may come from another backend. */
export function takeSeat(address: string, token: string): Seat {
  const client = createClient({ baseUrl: address, language: 'en' });
  const authorization = `Bearer ${token}`;
  const ask = async (path: string, init: RequestInit = {}): Promise<{ status: number; body: unknown }> => {
    const answer = await fetch(`${address}/api/v1${path}`, { ...init, headers: { authorization, ...init.headers } });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  return {
    address,
    client,
    ask,
    async start(pipelineId, parameters = {}, priority = 'normal') {
      const form = await toPayload({ pipeline_id: pipelineId, parameters: JSON.stringify(parameters), priority });
      const answer = await ask('/executions', { method: 'POST', headers: form.headers, body: new Uint8Array(form.payload) });
      if (answer.status !== 202) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
      return (answer.body as Execution).execution_id;
    },
    async get(id) {
      const answer = await ask(`/executions/${id}`);
      if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
      return answer.body as Execution;
    },
    async follow(id) {
      const socket = new WebSocket(`${address.replace('http', 'ws')}/ws/execution/${id}`, { headers: { authorization } });
      const messages: Message[] = [];
      socket.on('message', (data) => messages.push(JSON.parse(String(data))));
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      socket.once('close', () => resolve());
      socket.on('error', () => undefined);
      await new Promise<void>((done, fail) => {
        socket.once('message', () => done());
        socket.once('close', () => fail(new Error('closed before the snapshot')));
      });
      return { messages, ended, close: () => socket.terminate() };
    },
  };
}

export const json = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

export async function signIn(address: string, username = 'admin', password = adminPassword): Promise<{ access: string; refresh: string }> {
  const answer = await fetch(`${address}/api/v1/auth/login`, json({ username, password }));
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  const { access_token, refresh_token } = (await answer.json()) as { access_token: string; refresh_token: string };
  return { access: access_token, refresh: refresh_token };
}
