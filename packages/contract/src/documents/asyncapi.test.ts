import schema from '@asyncapi/specs/schemas/3.0.0-without-$id.json' with { type: 'json' };
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { createAsyncApi } from './asyncapi.ts';

interface Message {
  readonly payload: object;
  readonly headers?: object;
  readonly examples: readonly { readonly payload: unknown; readonly headers?: unknown }[];
}
interface Channel {
  readonly address: string;
  readonly description: string;
  readonly messages: Readonly<Record<string, Message>>;
}

const raw = createAsyncApi('1.0.0');
const channels = Object.values(raw.channels as Readonly<Record<string, Channel>>);

function createAjv(): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  return ajv;
}

test('the document follows AsyncAPI 3', () => {
  const validate = createAjv().compile(schema);
  expect([validate(raw), validate.errors]).toEqual([true, null]);
});

test('the design’s WebSockets and topics are in it, described in both languages', () => {
  expect(channels.map((channel) => channel.address).toSorted()).toEqual([
    '/ws/camera-stream',
    '/ws/execution/{execution_id}',
    '/ws/system-status',
    'image-processing-requests',
    'image-processing-requests.dlq',
    'pipeline-progress',
    'video-stream-archive',
  ]);
  for (const { description } of channels) expect(description).toMatch(/[\u3040-\u30ff][\s\S]*\n\n[\s\S]*[a-z]/);
});

test('every message has an example that follows its schemas', () => {
  const ajv = createAjv();
  ajv.addSchema({ $id: 'document', ...raw });
  const check = (part: object, value: unknown): void => {
    const validate = ajv.compile(JSON.parse(JSON.stringify(part).replaceAll('"$ref":"#/', '"$ref":"document#/')));
    expect([validate(value), validate.errors, value]).toEqual([true, null, value]);
  };
  for (const { messages } of channels) {
    for (const { payload, headers, examples } of Object.values(messages)) {
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        check(payload, example.payload);
        if (headers !== undefined) check(headers, example.headers);
      }
    }
  }
});
