/** A service that announces itself to a backend. */
import * as grpc from '@grpc/grpc-js';
import { loadServices } from '@imageflow/grpc';

export interface RegistryClient {
  register(instanceId: string, address: string): Promise<void>;
  deregister(instanceId: string): Promise<void>;
  close(): void;
}

export function openRegistry(grpcPort: number, key: string): RegistryClient {
  const client = new (loadServices().RegistryService)(`127.0.0.1:${grpcPort}`, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${key}`);
  const settle = (resolve: () => void, reject: (error: Error) => void) => (error: grpc.ServiceError | null) =>
    error === null ? resolve() : reject(error);
  return {
    register: (instance_id, address) =>
      new Promise((resolve, reject) => client.Register({ instance_id, address, max_connections: 0 }, metadata, settle(resolve, reject))),
    deregister: (instance_id) => new Promise((resolve, reject) => client.Deregister({ instance_id }, metadata, settle(resolve, reject))),
    close: () => client.close(),
  };
}
