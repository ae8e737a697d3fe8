import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';
import { openTestService, type TestService } from '../../testing/service.ts';
import { samplePipelines } from './samples.ts';

const whole = { type: 'integer', minimum: 1, maximum: 16_384 };
let services: readonly TestService[];
let backend: TestBackend;
let engineer: { readonly authorization: string };

beforeAll(async () => {
  services = await Promise.all([
    openTestService('ResizeService', [
      {
        method: 'Resize',
        parameters: {
          type: 'object',
          properties: { width: whole, height: whole, target_width: whole, maintain_aspect_ratio: { type: 'boolean' } },
          additionalProperties: false,
        },
      },
    ]),
    openTestService('AIDetectionService', [
      {
        method: 'DetectDefects',
        parameters: {
          type: 'object',
          properties: { model_name: { type: 'string' }, confidence_threshold: { type: 'number', minimum: 0, maximum: 1 } },
          additionalProperties: false,
        },
      },
    ]),
    openTestService('FilterService', [
      {
        method: 'ApplyQualityFilter',
        parameters: {
          type: 'object',
          properties: { filter_type: { type: 'string', enum: ['quality'] }, parameters: { type: 'object' } },
          additionalProperties: false,
        },
      },
    ]),
  ]);
  backend = await openTestBackend({ env: { IMAGEFLOW_SERVICES: services.map((service) => service.setting).join(',') } });
  engineer = await backend.login('engineer');
});
afterAll(async () => {
  await backend.close();
  for (const service of services) service.close();
});

function call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, payload?: object, headers: Record<string, string> = {}) {
  const options = { method, url: `/api/v1/pipelines${path}`, headers: { ...engineer, ...headers } };
  return backend.app.inject(payload === undefined ? options : { ...options, payload });
}

const step = { step_id: 'resize', service: 'ResizeService', method: 'Resize', parameters: { target_width: 640 } };

function pipeline(id: string, overrides: object = {}) {
  return { pipeline_id: id, name: `Pipeline ${id}`, steps: [step], ...overrides };
}

describe('stored pipelines', () => {
  test('the JSON of the design is stored as printed, and found by both ids', async () => {
    const printed = { ...(samplePipelines[0] as object), pipeline_id: 'as-printed' };
    const made = await call('POST', '', printed);
    expect(made.statusCode).toBe(201);
    expect(made.json()).toMatchObject({ ...printed, current_version: 1 });
    const { id } = made.json();
    expect(made.headers).toMatchObject({ location: `/api/v1/pipelines/${id}`, etag: '"v1"' });
    for (const key of [id, 'as-printed']) expect((await call('GET', `/${key}`)).json()).toEqual(made.json());
  });

  test('the samples are there from the first start', async () => {
    for (const sample of samplePipelines as readonly { pipeline_id: string }[]) {
      expect((await call('GET', `/${sample.pipeline_id}`)).json()).toMatchObject(sample);
    }
  });

  test('each change is a new version, and the older ones stay as they were', async () => {
    await call('POST', '', pipeline('versions'));
    const read = await call('GET', '/versions');
    const changed = { ...read.json(), description: 'second', layout: { resize: { x: 10, y: 20 } } };
    const put = await call('PUT', '/versions', changed, { 'if-match': String(read.headers.etag) });
    expect(put.statusCode).toBe(200);
    expect(put.headers.etag).toBe('"v2"');
    expect(put.json()).toMatchObject({ current_version: 2, description: 'second', layout: { resize: { x: 10, y: 20 } } });
    const list = (await call('GET', '/versions/versions?limit=1')).json();
    expect(list).toMatchObject({ items: [{ number: 2, step_count: 1 }] });
    expect((await call('GET', `/versions/versions?limit=1&cursor=${list.next_cursor}`)).json()).toMatchObject({ items: [{ number: 1 }] });
    expect((await call('GET', '/versions/versions/1')).json()).toMatchObject({ number: 1, description: '' });
    expect((await call('GET', '/versions/versions/3')).statusCode).toBe(404);
    expect((await call('GET', '/versions/versions/zero')).json().validation_errors).toMatchObject([{ field: 'path.number' }]);
  });

  test('a copy that is still good is not sent again', async () => {
    await call('POST', '', pipeline('cached'));
    const { headers } = await call('GET', '/cached');
    const again = await call('GET', '/cached', undefined, { 'if-none-match': `"other", W/${headers.etag}` });
    expect(again.statusCode).toBe(304);
    expect(again.body).toBe('');
    expect(again.headers.etag).toBe(headers.etag);
  });

  test('a deleted one is gone, and its id is free again', async () => {
    await call('POST', '', pipeline('deleted'));
    expect((await call('DELETE', '/deleted', undefined, { 'if-match': '"v9"' })).statusCode).toBe(412);
    expect((await call('DELETE', '/deleted')).statusCode).toBe(204);
    expect((await call('GET', '/deleted')).statusCode).toBe(404);
    expect((await call('DELETE', '/deleted')).statusCode).toBe(404);
    expect((await call('POST', '', pipeline('deleted'))).statusCode).toBe(201);
  });

  test('lists come newest first, in pages, and can be searched', async () => {
    for (const id of ['list-a', 'list-b', 'list-c']) await call('POST', '', pipeline(id));
    const first = await call('GET', '?search=list-&limit=2');
    expect(first.json().items).toMatchObject([{ pipeline_id: 'list-c', step_count: 1 }, { pipeline_id: 'list-b' }]);
    const next = /<([^>]+)>; rel="next"/.exec(String(first.headers.link))?.[1] ?? '';
    const second = await backend.app.inject({ url: next, headers: engineer });
    expect(second.json()).toMatchObject({ items: [{ pipeline_id: 'list-a' }], next_cursor: null });
    expect((await call('GET', '?limit=1000')).json().validation_errors).toMatchObject([{ field: 'query.limit' }]);
  });
});

describe('of two editors', () => {
  test('the second must see the first one’s change before replacing it', async () => {
    await call('POST', '', pipeline('edited'));
    const etag = String((await call('GET', '/edited')).headers.etag);
    const edits = ['one', 'two', 'three'].map((description) =>
      call('PUT', '/edited', pipeline('edited', { description }), { 'if-match': etag }),
    );
    const statuses = (await Promise.all(edits)).map((answer) => answer.statusCode);
    expect(statuses.toSorted()).toEqual([200, 412, 412]);
    const late = await call('PUT', '/edited', pipeline('edited'), { 'if-match': etag });
    expect(late.json()).toMatchObject({ code: 'PRECONDITION_FAILED', current_version: 2 });
  });

  test('none may write without saying what was read', async () => {
    await call('POST', '', pipeline('blind'));
    const answer = await call('PUT', '/blind', pipeline('blind'));
    expect(answer.statusCode).toBe(428);
    expect(answer.json().detail).toContain('If-Match');
  });
});

describe('refused', () => {
  test('an id that is taken, that looks like a UUID, or that changes', async () => {
    await call('POST', '', pipeline('taken'));
    expect((await call('POST', '', pipeline('taken'))).statusCode).toBe(409);
    const uuid = await call('POST', '', pipeline('01890a5d-ac96-774b-bcce-b302099a8057'));
    expect(uuid.json()).toMatchObject({ status: 422, validation_errors: [{ field: 'pipeline_id' }] });
    const renamed = await call('PUT', '/taken', pipeline('other'), { 'if-match': '"v1"' });
    expect(renamed.json()).toMatchObject({ status: 422, validation_errors: [{ field: 'pipeline_id', value: 'other' }] });
  });

  const variants: readonly (readonly [string, object, string, string])[] = [
    ['an unknown service', { steps: [{ ...step, service: 'MagicService' }] }, 'steps[0].service', 'ResizeService'],
    ['an unknown method', { steps: [{ ...step, method: 'Shrink' }] }, 'steps[0].method', 'Resize'],
    ['an unknown dependency', { steps: [{ ...step, depends_on: ['nobody'] }] }, 'steps[0].depends_on[0]', 'resize'],
    [
      'a cycle',
      {
        steps: [
          { ...step, step_id: 'a', depends_on: ['b'] },
          { ...step, step_id: 'b', depends_on: ['a'] },
        ],
      },
      'steps[0].depends_on',
      'a → b → a',
    ],
    ['a duplicate id', { steps: [step, step] }, 'steps[1].step_id', 'resize'],
    ['a parameter of the wrong type', { steps: [{ ...step, parameters: { width: 'wide' } }] }, 'steps[0].parameters.width', '整数'],
    ['a parameter out of range', { steps: [{ ...step, parameters: { width: 0 } }] }, 'steps[0].parameters.width', '1 以上'],
    ['an unknown parameter', { steps: [{ ...step, parameters: { depth: 3 } }] }, 'steps[0].parameters.depth', 'width'],
    [
      'an input_schema that says the wrong type',
      { steps: [{ ...step, input_schema: { width: 'string' } }] },
      'steps[0].input_schema.width',
      'integer',
    ],
    ['an unknown member', { stepz: [] }, 'stepz', 'steps'],
    ['steps of the wrong type', { steps: {} }, 'steps', '配列'],
    ['no steps', { steps: [] }, 'steps', 'ステップ'],
    ['an unknown way of running', { execution_mode: 'by-hand' }, 'execution_mode', 'direct_grpc'],
  ];

  test.each(variants)('%s, with its place and the remedy', async (_name, overrides, field, hint) => {
    const definition = pipeline('refused', overrides);
    const answer = await call('POST', '', definition);
    expect([400, 422]).toContain(answer.statusCode);
    const faults: { field: string; message: string }[] = answer.json().validation_errors;
    expect(faults.find((fault) => fault.field === field)?.message).toContain(hint);
    const checked = await call('POST', '/validate', definition);
    expect(checked.statusCode).toBe(200);
    expect(checked.json()).toEqual({ valid: false, validation_errors: faults });
  });

  test('all faults of a definition are named together', async () => {
    const steps = [
      { ...step, service: 'MagicService' },
      { ...step, step_id: 'b', parameters: { width: -1, height: 'x' } },
    ];
    const answer = await call('POST', '/validate', pipeline('many', { steps }), { 'accept-language': 'en' });
    expect(answer.json().validation_errors).toMatchObject([
      { field: 'steps[0].service', message: expect.stringContaining('not registered'), value: 'MagicService' },
      { field: 'steps[1].parameters.width', value: -1 },
      { field: 'steps[1].parameters.height', value: 'x' },
    ]);
  });

  test.each(['[]', '"text"', 'null', '7'])('the body %s', async (payload) => {
    const headers = { ...engineer, 'content-type': 'application/json' };
    const answer = await backend.app.inject({ method: 'POST', url: '/api/v1/pipelines', headers, payload });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  test('a key with characters no database takes', async () => {
    expect((await call('GET', '/a%00b')).statusCode).toBe(400);
  });
});

test('a definition that can run is found valid without being stored', async () => {
  const answer = await call('POST', '/validate', pipeline('only-checked'));
  expect(answer.json()).toEqual({ valid: true, validation_errors: [] });
  expect((await call('GET', '/only-checked')).statusCode).toBe(404);
});

test('the audit log names the version a change made', async () => {
  const { id } = (await call('POST', '', pipeline('audited'))).json();
  await call('PUT', '/audited', pipeline('audited'), { 'if-match': '*' });
  const url = `/api/v1/audit?resource_id=${id}`;
  const entries = (await backend.app.inject({ url, headers: await backend.login('admin') })).json().items;
  expect(entries).toMatchObject([
    { operation: 'updatePipeline', actor_name: 'engineer-of-the-tests', details: { pipeline_id: 'audited', version: 2 } },
    { operation: 'createPipeline', details: { version: 1 } },
  ]);
});
