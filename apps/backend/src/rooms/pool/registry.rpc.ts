/** RegistryService: instances announce themselves, with `authorization: Bearer <service key>` or the token of a service's account. */
import type { handleUnaryCall, Metadata, Server } from '@grpc/grpc-js';
import { AppError } from '@imageflow/core';
import { loadServices, type RegistryServiceHandlers, toGrpcError } from '@imageflow/grpc';
import type { FastifyBaseLogger } from 'fastify';
import type { Authenticator } from '../../doors/caller.ts';
import { admit } from '../../doors/guard.ts';
import type { Roster } from '../../runtime/roster.ts';
import { hasServiceKey } from './service-caller.ts';
import type { ServiceKey } from './service-key.ts';

export interface RegistryRpcNeeds {
  readonly roster: Pick<Roster, 'register' | 'deregister'>;
  readonly authenticator: Authenticator;
  readonly serviceKey: ServiceKey;
  readonly logger: FastifyBaseLogger;
}

/** Answers the service's name. */
export function addRegistryService(server: Server, needs: RegistryRpcNeeds): string {
  const { roster } = needs;
  const handlers: RegistryServiceHandlers = {
    Register: guarded(needs, async ({ instance_id, address, max_connections }) => {
      const registration = { instanceId: parseId(instance_id), address: parseAddress(address), maxConnections: max_connections };
      return { heartbeat_seconds: (await roster.register(registration)).heartbeatSeconds };
    }),
    Deregister: guarded(needs, async ({ instance_id }) => {
      await roster.deregister(instance_id);
      return {};
    }),
  };
  server.addService(loadServices().RegistryService.service, handlers);
  return 'imageflow.v1.RegistryService';
}

function guarded<Request, Response>(
  needs: RegistryRpcNeeds,
  handle: (request: Request) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    authorize(call.metadata, needs)
      .then(() => handle(call.request))
      .then(
        (response) => callback(null, response),
        (thrown: unknown) => {
          const error = thrown instanceof AppError ? thrown : new AppError('INTERNAL', { cause: thrown });
          if (error.status >= 500) needs.logger.error({ err: error }, 'registration failed');
          callback(toGrpcError(error));
        },
      );
  };
}

async function authorize(metadata: Metadata, { authenticator, serviceKey }: RegistryRpcNeeds): Promise<void> {
  if (hasServiceKey(metadata, serviceKey)) return;
  await admit(authenticator, { authorization: metadata.get('authorization')[0]?.toString() }, 'services:register');
}

function parseId(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._@:-]{0,199}$/.test(id)) return id;
  throw invalid(
    'instance_id',
    'instance_id には英数字と「.」「_」「-」「@」「:」を 200 文字まで使えます',
    'An instance_id has up to 200 letters, digits and . _ - @ :',
  );
}

function parseAddress(address: string): string {
  const port = Number(/^[^\s/:]+:(\d{1,5})$|^\[[0-9a-fA-F:.]+\]:(\d{1,5})$/.exec(address)?.slice(1).find(Boolean));
  if (address.length <= 300 && port >= 1 && port <= 65535) return address;
  throw invalid('address', 'address は host:port の形で指定してください', 'Give the address as host:port, as the backend reaches it');
}

function invalid(field: string, ja: string, en: string): AppError {
  return new AppError('VALIDATION_ERROR', { detail: { ja, en }, faults: [{ field, message: { ja, en } }] });
}
