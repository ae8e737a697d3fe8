import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openObjects } from '@imageflow/adapters/objects';
import { expect, test } from 'vitest';
import { openLab, storePipeline, toPayload } from '../rooms/executions/lab.ts';
import { openTestBackend } from '../testing/backend.ts';

interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

/** A receiver of traces, as a collector is. */
async function openReceiver() {
  const spans: ReceivedSpan[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    for (const resource of body.resourceSpans) for (const scope of resource.scopeSpans) spans.push(...scope.spans);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { spans, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

test('the steps of an execution are in the trace of the request that asked for it, and the services get it', async () => {
  const receiver = await openReceiver();
  const folder = await mkdtemp(join(tmpdir(), 'imageflow-objects-'));
  const lab = await openLab(await openObjects(`folder:${folder}`));
  const env = { IMAGEFLOW_SERVICES: lab.setting, IMAGEFLOW_OBJECTS_URL: `folder:${folder}`, IMAGEFLOW_OTLP_URL: receiver.url };
  const backend = await openTestBackend({ env });
  const headers = await backend.login('engineer');
  const pipeline_id = await storePipeline(backend.app, headers, [{ step_id: 'a' }]);
  const form = await toPayload({ pipeline_id });
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const answer = await backend.app.inject({
    method: 'POST',
    url: '/api/v1/executions',
    payload: form.payload,
    headers: { ...headers, ...form.headers, traceparent },
  });
  expect(answer.statusCode, answer.body).toBe(202);
  // A stop lets running executions end, and sends what is left of the traces.
  await backend.close();
  lab.close();
  receiver.close();
  await rm(folder, { recursive: true, force: true });
  const ours = receiver.spans.filter((span) => span.traceId === '4bf92f3577b34da6a3ce929d0e0e4736');
  const request = ours.find((span) => span.name === 'POST /api/v1/executions');
  const execution = ours.find((span) => span.name.startsWith('execution '));
  const step = ours.find((span) => span.name === 'step LabService.Make');
  expect(request?.parentSpanId).toBe('00f067aa0ba902b7');
  expect(execution?.parentSpanId).toBe(request?.spanId);
  expect(execution?.attributes).toContainEqual({ key: 'imageflow.execution.id', value: { stringValue: answer.json().execution_id } });
  expect(execution?.attributes).toContainEqual({ key: 'imageflow.execution.status', value: { stringValue: 'completed' } });
  expect(step?.parentSpanId).toBe(execution?.spanId);
  expect(answer.headers.traceparent).toBe(`00-${request?.traceId}-${request?.spanId}-01`);
});
