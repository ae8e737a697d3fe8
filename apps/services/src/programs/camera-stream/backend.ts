/** What this service asks the backend: pipelines, the pool's instances, who may stream. It calls with the service key. */
import { timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { AppError } from '@imageflow/core';
import {
  type AdmitClientResponse__Output,
  fromGrpcError,
  type GetPipelineResponse__Output,
  type InstanceAddress__Output,
  loadServices,
  neighbourOptions,
} from '@imageflow/grpc';
import type { StreamsConfig } from '../../scaffold/config.ts';

/** Every method rejects with an AppError: the backend's own, or SERVICE_UNAVAILABLE and STEP_TIMEOUT when it does not answer. */
export interface BackendLink {
  /** `definition_json` is empty when `knownVersion` is still current. */
  getPipeline(pipelineId: string, knownVersion: number): Promise<GetPipelineResponse__Output>;
  listInstances(): Promise<readonly InstanceAddress__Output[]>;
  /** `authorization` as the client sent it. */
  admitClient(authorization: string): Promise<AdmitClientResponse__Output>;
  isServiceKey(text: string): Promise<boolean>;
  close(): void;
}

const callLimitMs = 3_000;

export function createBackendLink(config: Pick<StreamsConfig, 'backendAddress' | 'serviceKey' | 'dataDir'>): BackendLink {
  const client = new (loadServices().PipelineRegistryService)(config.backendAddress, credentials.createInsecure(), neighbourOptions);
  const readKey = createKeyReader(config);

  async function call<Response>(
    start: (metadata: Metadata, options: { deadline: number }, done: (error: ServiceError | null, response?: Response) => void) => unknown,
  ): Promise<Response> {
    // Both start together: without waiting, a client that is quicker than the next attempt to connect would be refused.
    const metadata = new Metadata({ waitForReady: true });
    const key = await readKey();
    if (key !== undefined) metadata.set('authorization', `Bearer ${key}`);
    return new Promise((resolve, reject) => {
      start(metadata, { deadline: Date.now() + callLimitMs }, (error, response) => {
        if (error !== null) reject(named(fromGrpcError(error), config.backendAddress));
        else if (response === undefined) reject(new AppError('SERVICE_FAULT'));
        else resolve(response);
      });
    });
  }

  return {
    getPipeline: (pipelineId, knownVersion) =>
      call((metadata, options, done) =>
        client.GetPipeline({ pipeline_id: pipelineId, known_version: knownVersion }, metadata, options, done),
      ),
    listInstances: async () => {
      const { instances } = await call<{ instances: InstanceAddress__Output[] }>((metadata, options, done) =>
        client.ListInstances({}, metadata, options, done),
      );
      return instances;
    },
    admitClient: (authorization) => call((metadata, options, done) => client.AdmitClient({ authorization }, metadata, options, done)),
    async isServiceKey(text) {
      const key = await readKey();
      return key !== undefined && isSame(text, key);
    },
    close: () => client.close(),
  };
}

/** The backend makes its key at its first start, perhaps after this service's: looked for until it is there. */
function createKeyReader({ serviceKey, dataDir }: Pick<StreamsConfig, 'serviceKey' | 'dataDir'>): () => Promise<string | undefined> {
  let key = serviceKey;
  return async () => {
    key ??= (await readFile(join(dataDir, 'service-key.txt'), 'utf8').catch(() => '')).trim() || undefined;
    return key;
  };
}

function isSame(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
}

function named(error: AppError, address: string): AppError {
  if (error.code !== 'SERVICE_UNAVAILABLE' && error.code !== 'STEP_TIMEOUT') return error;
  return new AppError('SERVICE_UNAVAILABLE', {
    detail: {
      ja: `バックエンド（${address}）に接続できません。しばらくしてからやり直してください`,
      en: `The backend at ${address} cannot be reached. Try again shortly`,
    },
    retryAfterSeconds: 1,
    cause: error,
  });
}
