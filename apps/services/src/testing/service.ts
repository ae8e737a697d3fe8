/** A whole service on a free port with a folder of its own, and clients for it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CallOptions, type ChannelOptions, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { openObjects } from '@imageflow/adapters/objects';
import type { ObjectStore } from '@imageflow/core';
import { loadServices, messageOptions, type ProcessorServiceClient } from '@imageflow/grpc';
import { pino } from 'pino';
import { parseConfig, type ServiceKind } from '../scaffold/config.ts';
import type { OpenProgram } from '../scaffold/program.ts';
import { openService, type RunningService } from '../scaffold/serve.ts';

export interface TestService {
  readonly address: string;
  readonly service: RunningService;
  readonly objects: ObjectStore;
  readonly processor: ProcessorServiceClient;
  put(key: string, bytes: Uint8Array, contentType?: string): Promise<void>;
  close(): Promise<void>;
}

export async function openTestService(
  kind: ServiceKind,
  openProgram: OpenProgram,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestService> {
  const folder = await mkdtemp(join(tmpdir(), 'imageflow-service-'));
  const config = parseConfig(kind, { IMAGEFLOW_DATA_DIR: folder, IMAGEFLOW_LISTEN: '127.0.0.1:0', ...settings });
  const objects = await openObjects(config.objectsUrl);
  const log = pino({ level: 'silent' });
  const service = await openService({ program: await openProgram({ config, objects, log }), objects, config, log });
  const address = `127.0.0.1:${service.port}`;
  const processor = new (loadServices().ProcessorService)(address, credentials.createInsecure(), clientOptions);
  return {
    address,
    service,
    objects,
    processor,
    async put(key, bytes, contentType = 'application/octet-stream') {
      await objects.put(key, bytes, { contentType, maxBytes: bytes.length, durable: false });
    },
    async close() {
      processor.close();
      await service.close();
      await objects.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const clientOptions: ChannelOptions = {
  ...messageOptions,
  'grpc.max_send_message_length': -1,
};

/** `start` calls a client's method with the metadata, options and callback it is given. Rejects with the ServiceError. */
export function unary<Answer>(
  start: (metadata: Metadata, options: CallOptions, done: (error: ServiceError | null, answer?: Answer) => void) => unknown,
  options: CallOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    start(new Metadata(), options, (error, answer) => {
      if (error !== null) reject(error);
      else if (answer === undefined) reject(new Error('There was no answer'));
      else resolve(answer);
    });
  });
}
