import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError, type Bus, type BusMessage } from '@imageflow/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { noTracing, openTracing, type Tracing, traceBus } from './index.ts';

interface ReceivedSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

/** Takes what a collector takes. */
let receiver: Server;
let received: ReceivedSpan[];
let url: string;

beforeEach(async () => {
  received = [];
  receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    for (const resource of body.resourceSpans) for (const scope of resource.scopeSpans) received.push(...scope.spans);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
afterEach(() => receiver.close());

const open = (ratio = 1, address: string | undefined = url): Promise<Tracing> =>
  openTracing({ url: address, ratio, service: 'backend', version: '1', instanceId: 'b1' });

const incoming = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('spans of one trace hang together, and failures say why', async () => {
  const tracing = await open();
  const request = tracing.start('POST /executions', { kind: 'server', parent: incoming, attributes: { 'http.route': '/executions' } });
  const step = tracing.start('step', { kind: 'client', parent: request.traceparent });
  step.end(new AppError('STEP_TIMEOUT'));
  request.end();
  await tracing.close();
  const [client, server] = received;
  expect(received.map((span) => span.name)).toEqual(['step', 'POST /executions']);
  expect(server).toMatchObject({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', parentSpanId: '00f067aa0ba902b7', kind: 2 });
  expect(client).toMatchObject({ traceId: server?.traceId, parentSpanId: server?.spanId, kind: 3, status: { code: 2 } });
  expect(client?.attributes).toContainEqual({ key: 'error.type', value: { stringValue: 'STEP_TIMEOUT' } });
  expect(request.traceparent).toBe(`00-${server?.traceId}-${server?.spanId}-01`);
});

test('a span that is over has the id and the times that are said, and the next one has its own again', async () => {
  const tracing = await open();
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-a1a2a3a4a5a6a7a8-01';
  tracing.record('whole', { kind: 'internal', parent: incoming, traceparent, startedAt: 1_000, endedAt: 3_500, error: 'STEP_TIMEOUT' });
  tracing.start('part', { kind: 'client', parent: traceparent }).end();
  await tracing.close();
  const [whole, part] = received;
  expect(whole).toMatchObject({
    spanId: 'a1a2a3a4a5a6a7a8',
    parentSpanId: '00f067aa0ba902b7',
    status: { code: 2, message: 'STEP_TIMEOUT' },
  });
  expect(whole).toMatchObject({ startTimeUnixNano: '1000000000', endTimeUnixNano: '3500000000' });
  expect(part?.parentSpanId).toBe(whole?.spanId);
  expect(part?.spanId).not.toBe(whole?.spanId);
});

test('a trace that its caller does not record is not recorded, and its id is kept', async () => {
  const tracing = await open();
  const span = tracing.start('quiet', { kind: 'server', parent: incoming.replace(/01$/, '00') });
  span.end();
  await tracing.close();
  expect(received).toEqual([]);
  expect(span.traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-00$/);
});

test.each(['', 'nonsense', '00-xyz-1-01'])('the text %j is no parent: a trace begins', async (parent) => {
  const tracing = await open();
  tracing.start('first', { kind: 'server', parent }).end();
  await tracing.close();
  expect(received).toHaveLength(1);
  expect(received[0]?.parentSpanId ?? '').toBe('');
});

test('with a ratio of 0 nothing that begins here is recorded', async () => {
  const tracing = await open(0);
  tracing.start('first', { kind: 'server', parent: undefined }).end();
  await tracing.close();
  expect(received).toEqual([]);
});

test('without an address texts are passed on as they came', async () => {
  const tracing = await openTracing({ url: undefined, ratio: 1, service: 's', version: '1', instanceId: 'i' });
  expect(tracing).toBe(noTracing);
  expect(tracing.start('any', { kind: 'internal', parent: incoming }).traceparent).toBe(incoming);
});

test('a receiver that is down holds nothing up', async () => {
  receiver.close();
  const tracing = await open();
  tracing.start('first', { kind: 'server', parent: undefined }).end();
  const startedAt = performance.now();
  await tracing.close();
  expect(performance.now() - startedAt).toBeLessThan(10_000);
}, 15_000);

test('messages of the bus carry the trace from who publishes to who consumes', async () => {
  const published: BusMessage[] = [];
  let handOver: ((message: BusMessage) => Promise<void>) | undefined;
  const bus: Bus = {
    kind: 'embedded',
    publish: async (message) => void published.push(message),
    consume: async (_topic, _options, handle) => {
      handOver = (message) => handle({ ...message, delivery: 1 }, new AbortController().signal);
      return { close: async () => undefined };
    },
    subscribe: async () => ({ close: async () => undefined }),
    check: async () => undefined,
    close: async () => undefined,
  };
  const tracing = await open();
  const traced = traceBus(bus, tracing, new Set(['quiet']));
  const seen: (string | undefined)[] = [];
  await traced.consume('requests', { group: 'g', concurrency: 1, maxDeliveries: 1 }, async (message) => {
    seen.push(message.headers.traceparent);
  });
  await traced.publish({ topic: 'requests', key: 'k', value: {}, headers: { traceparent: incoming } });
  await traced.publish({ topic: 'quiet', key: 'k', value: {}, headers: { traceparent: incoming } });
  const [message, quiet] = published;
  if (message !== undefined) await handOver?.(message);
  await tracing.close();
  expect(received.map((span) => [span.name, span.kind])).toEqual([
    ['publish requests', 4],
    ['process requests', 5],
  ]);
  expect(received[1]?.parentSpanId).toBe(received[0]?.spanId);
  expect(message?.headers.traceparent).toContain(received[0]?.spanId);
  expect(seen[0]).toContain(received[1]?.spanId);
  expect(quiet?.headers.traceparent).toBe(incoming);
  expect(traceBus(bus, noTracing, new Set())).toBe(bus);
});
