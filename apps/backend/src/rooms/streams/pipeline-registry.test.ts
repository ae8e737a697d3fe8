/** The backend's side of what its own services ask for live video. */
import { credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import {
  type AdmitClientResponse__Output,
  type GetPipelineResponse__Output,
  type InstanceAddress__Output,
  loadServices,
  type PipelineRegistryServiceClient,
} from '@imageflow/grpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestBackend, type TestBackend } from '../../testing/backend.ts';
import { openTestService, type TestService } from '../../testing/service.ts';

const key = 'a-key-for-the-services-of-the-tests';
let backend: TestBackend;
let service: TestService;
let client: PipelineRegistryServiceClient;

beforeAll(async () => {
  service = await openTestService('SmallService', [{ method: 'Do', parameters: { type: 'object' } }]);
  backend = await openTestBackend({ env: { IMAGEFLOW_SERVICE_KEY: key, IMAGEFLOW_SERVICES: service.setting } });
  client = new (loadServices().PipelineRegistryService)(`127.0.0.1:${backend.grpcPort}`, credentials.createInsecure());
});

afterAll(async () => {
  client.close();
  await backend.close();
  service.close();
});

type Done<Answer> = (error: ServiceError | null, answer?: Answer) => void;

function ask<Answer>(start: (metadata: Metadata, done: Done<Answer>) => unknown, serviceKey = key): Promise<Answer> {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${serviceKey}`);
  return new Promise((resolve, reject) => {
    start(metadata, (error, answer) => (error === null && answer !== undefined ? resolve(answer) : reject(error)));
  });
}

function getPipeline(pipeline_id: string, known_version = 0, serviceKey = key): Promise<GetPipelineResponse__Output> {
  return ask((metadata, done) => client.GetPipeline({ pipeline_id, known_version }, metadata, done), serviceKey);
}

test('a pipeline comes with its version, by either id, and without its definition when that is known', async () => {
  const first = await getPipeline('coco-detection');
  expect([first.pipeline_id, first.version, JSON.parse(first.definition_json).pipeline_id]).toEqual([
    'coco-detection',
    1,
    'coco-detection',
  ]);
  expect(await getPipeline(first.id, 1)).toEqual({ ...first, definition_json: '' });
});

test('an unknown pipeline and a wrong key are refused', async () => {
  await expect(getPipeline('no-such-pipeline')).rejects.toMatchObject({ code: status.NOT_FOUND });
  await expect(getPipeline('coco-detection', 0, 'another-key')).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
});

test('the instances come with their addresses; one in maintenance does not', async () => {
  const list = async () => {
    const { instances } = await ask<{ instances: InstanceAddress__Output[] }>((metadata, done) => client.ListInstances({}, metadata, done));
    return instances.map((instance) => `${instance.instance_id} ${instance.service} ${instance.address}`);
  };
  expect(await list()).toEqual([`small-1 SmallService 127.0.0.1:${service.port}`]);
  const url = '/api/v1/grpc-services/instances/small-1/maintenance';
  const answer = await backend.app.inject({ method: 'PUT', url, headers: await backend.login('admin'), payload: { enabled: true } });
  expect(answer.statusCode).toBe(200);
  expect(await list()).toEqual([]);
});

test('the role of a token decides whether its holder may stream', async () => {
  const admit = async (authorization: string) =>
    ask<AdmitClientResponse__Output>((metadata, done) => client.AdmitClient({ authorization }, metadata, done));
  const inspector = await admit((await backend.login('inspector')).authorization);
  expect([inspector.username, inspector.role]).toEqual(['inspector-of-the-tests', 'inspector']);
  await expect(admit((await backend.login('viewer')).authorization)).rejects.toMatchObject({ code: status.PERMISSION_DENIED });
  await expect(admit('Bearer forged')).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
});
