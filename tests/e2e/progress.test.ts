/** Following executions over WebSockets, also past the death of the backend. */

import { type Client, followExecution } from '@imageflow/client';
import { authRoutes, type ExecutionMessage, executionMessage, executionRoutes, fileRoutes, systemStatusMessage } from '@imageflow/contract';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { columns } from './columns.ts';
import { formOf, readSample, waitForEnd } from './images.ts';
import { openTestPlatform, type TestPlatform } from './platform.ts';

for (const column of columns) {
  describe.skipIf(column.isLeftOut)(`on ${column.name}`, () => {
    let platform: TestPlatform;
    let client: Client;

    beforeAll(async () => {
      platform = await openTestPlatform({}, column);
      client = await platform.client('engineer');
    }, 120_000);
    afterAll(() => platform?.close());

    async function start(files = 1): Promise<string> {
      const image = await readSample('photos/china.jpg');
      const form = formOf(
        { pipeline_id: 'coco-detection' },
        Array.from({ length: files }, (_, index) => [`${index}.jpg`, image] as const),
      );
      return (await client.call(executionRoutes.createExecution, { form })).execution_id;
    }

    async function follow(id: string): Promise<ExecutionMessage[]> {
      const messages: ExecutionMessage[] = [];
      for await (const message of followExecution(client, id)) messages.push(message);
      return messages;
    }

    /** Sequences of what happened, without the snapshots. */
    function sequencesOf(messages: readonly ExecutionMessage[]): number[] {
      return messages.filter((message) => message.type !== 'snapshot').map((message) => message.sequence);
    }

    describe('a follower', () => {
      test('gets a snapshot, each event once and in order, the completed one last, as the design shows them', async () => {
        const id = await start();
        const messages = await follow(id);
        expect(messages[0]).toMatchObject({ type: 'snapshot', execution_id: id, execution: { pipeline_id: 'coco-detection' } });
        const sequences = sequencesOf(messages);
        expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
        expect(new Set(sequences).size).toBe(sequences.length);
        const completed = messages.at(-1);
        expect(completed).toMatchObject({ type: 'completed', execution_id: id, total_time_ms: expect.any(Number) });
        const [file] = completed?.type === 'completed' ? completed.output_files : [];
        expect(file).toMatchObject({ filename: expect.stringMatching(/^0_/), download_url: `/api/v1/files/${file?.file_id}/download` });
      });

      test('that comes back with its last sequence gets what it missed, and nothing twice', async () => {
        const id = await start();
        await waitForEnd(client, id);
        const all = sequencesOf(await listen(`last_sequence=0`, id));
        expect(all).toEqual(Array.from({ length: all.length }, (_, index) => index + 1));
        const missed = sequencesOf(await listen(`last_sequence=${all.length - 2}`, id));
        expect(missed).toEqual([all.length - 1, all.length]);
      });

      test('of an execution that does not exist is told so', async () => {
        await expect(follow('019928f4-6c1e-7a52-9d3b-2f0c8e5a4b17')).rejects.toMatchObject({ status: 404, code: 'NOT_FOUND' });
      });

      test('sees an execution through kill -9 of the backend to its one end, with each output stored once', async () => {
        const ids = [await start(4), await start(4), await start(2)];
        const followed = Promise.all(ids.map(follow));
        await firstStepDone(ids[0] ?? '');
        await platform.killBackend();
        await platform.startBackend();
        for (const messages of await followed) {
          expect(messages.filter((message) => message.type === 'completed' || message.type === 'error').map(({ type }) => type)).toEqual([
            'completed',
          ]);
          const sequences = sequencesOf(messages);
          expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
        }
        const outputs = await Promise.all(ids.map(async (id) => (await waitForEnd(client, id)).output_files));
        expect(outputs.map((files) => files.length)).toEqual([4, 4, 2]);
        expect(new Set(outputs.flat().map((file) => `${file.download_url}`)).size).toBe(10);
        const stored = await platform.objects();
        for (const id of ids) {
          const own = stored.filter((key) => key.includes(id) && /\.(jpe?g)$/.test(key));
          expect(own.length, own.join('\n')).toBe(id === ids[2] ? 2 : 4);
        }
      }, 60_000);
    });

    /** Everything a socket gets until the server closes it or the execution has ended. */
    async function listen(query: string, id: string): Promise<ExecutionMessage[]> {
      const { ticket } = await client.call(authRoutes.createTicket, {});
      const socket = new WebSocket(`${platform.address.replace('http', 'ws')}/ws/execution/${id}?ticket=${ticket}&${query}`);
      const messages: ExecutionMessage[] = [];
      await new Promise<void>((resolve, reject) => {
        socket.addEventListener('message', ({ data }) => {
          const message = executionMessage.parse(JSON.parse(String(data)));
          messages.push(message);
          if (message.type === 'completed' || message.type === 'error') resolve();
        });
        socket.addEventListener('close', () => resolve());
        socket.addEventListener('error', () => reject(new Error('the socket failed')));
      });
      socket.close();
      return messages;
    }

    async function firstStepDone(id: string): Promise<void> {
      for await (const message of followExecution(client, id)) if (message.type === 'progress' && message.status === 'completed') return;
    }

    test('with every instance of a service gone, an execution is still accepted, goes to the queue, and completes when one is back', async () => {
      await platform.killService('ai-detection');
      const id = await start();
      const followed = follow(id);
      await vi.waitFor(
        async () => {
          const { execution_mode } = await client.call(executionRoutes.getExecution, { params: { id } });
          expect(execution_mode).toBe('kafka_fallback');
        },
        { timeout: 20_000 },
      );
      await platform.startService('ai-detection');
      expect((await followed).at(-1)).toMatchObject({ type: 'completed', execution_id: id });
      const execution = await waitForEnd(client, id);
      expect(execution).toMatchObject({ status: 'completed', execution_mode: 'kafka_fallback' });
      expect(execution.output_files).toHaveLength(1);
    }, 90_000);

    test('files of a run stay after a stop in order, and are found again', async () => {
      const before = await client.call(fileRoutes.listFiles, { query: { limit: 200 } });
      expect(before.items.length).toBeGreaterThan(0);
      await platform.stopBackend();
      await platform.startBackend();
      expect(await client.call(fileRoutes.listFiles, { query: { limit: 200 } })).toEqual(before);
    });

    test('the system status is told live: first all of it, then a service that dies', async () => {
      const messages = listenToStatus();
      const first = await messages.next();
      expect(first).toMatchObject({ type: 'snapshot', health: { status: 'healthy' } });
      if (first.type === 'snapshot')
        expect(first.services.map(({ service }) => service)).toEqual(['AIDetectionService', 'FilterService', 'ResizeService']);
      platform.signal('filter', 'SIGKILL');
      for (;;) {
        const message = await messages.next();
        if (
          message.type === 'instance_changed' &&
          message.instance.service === 'FilterService' &&
          message.instance.status === 'unavailable'
        )
          break;
      }
      messages.close();
    });

    /** The messages in order, each checked against its schema. */
    function listenToStatus() {
      const waiting: ((data: string) => void)[] = [];
      const arrived: string[] = [];
      const opening = (async () => {
        const { ticket } = await (await platform.client('viewer')).call(authRoutes.createTicket, {});
        const socket = new WebSocket(`${platform.address.replace('http', 'ws')}/ws/system-status?ticket=${ticket}`);
        socket.addEventListener('message', ({ data }) => {
          const next = waiting.shift();
          if (next === undefined) arrived.push(String(data));
          else next(String(data));
        });
        return socket;
      })();
      return {
        async next() {
          await opening;
          const data = arrived.shift() ?? (await new Promise<string>((resolve) => waiting.push(resolve)));
          return systemStatusMessage.parse(JSON.parse(data));
        },
        close: () => void opening.then((socket) => socket.close()),
      };
    }
  });
}
