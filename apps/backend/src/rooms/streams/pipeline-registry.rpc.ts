/** PipelineRegistryService: what the platform's own services need of the backend to run live video; they call with the service key. */
import type { handleUnaryCall, Server } from '@grpc/grpc-js';
import type { ServicePool } from '@imageflow/adapters/rpc';
import { AppError } from '@imageflow/core';
import { loadServices, type PipelineRegistryServiceHandlers, toGrpcError } from '@imageflow/grpc';
import type { FastifyBaseLogger } from 'fastify';
import type { Authenticator } from '../../doors/caller.ts';
import { admit } from '../../doors/guard.ts';
import type { PipelinesService } from '../pipelines/pipelines.service.ts';
import { requireServiceKey } from '../pool/service-caller.ts';
import type { ServiceKey } from '../pool/service-key.ts';

export interface PipelineRegistryNeeds {
  readonly pipelines: Pick<PipelinesService, 'get'>;
  readonly pool: Pick<ServicePool, 'snapshot'>;
  readonly authenticator: Authenticator;
  readonly serviceKey: ServiceKey;
  readonly logger: FastifyBaseLogger;
}

/** Answers the service's name. */
export function addPipelineRegistry(server: Server, needs: PipelineRegistryNeeds): string {
  const { pipelines, pool, authenticator } = needs;
  const handlers: PipelineRegistryServiceHandlers = {
    GetPipeline: guarded(needs, async ({ pipeline_id, known_version }) => {
      const { id, pipeline_id: name, current_version: version, definition } = await pipelines.get(pipeline_id);
      return { id, pipeline_id: name, version, definition_json: version === known_version ? '' : JSON.stringify(definition) };
    }),
    ListInstances: guarded(needs, async () => ({ instances: usableInstances(pool) })),
    AdmitClient: guarded(needs, async ({ authorization }) => {
      const { userId, username, role } = await admit(authenticator, { authorization: authorization || undefined }, 'streams:run');
      return { user_id: userId, username, role };
    }),
  };
  server.addService(loadServices().PipelineRegistryService.service, handlers);
  return 'imageflow.v1.PipelineRegistryService';
}

/** Instances that are down stay listed: the caller checks health itself. Those that a person took out do not. */
function usableInstances(pool: Pick<ServicePool, 'snapshot'>) {
  return pool
    .snapshot()
    .services.flatMap(({ service, instances }) =>
      instances
        .filter((instance) => instance.status !== 'maintenance')
        .map(({ id, address, maxConnections }) => ({ instance_id: id, service, address, max_connections: maxConnections })),
    );
}

function guarded<Request, Response>(
  needs: PipelineRegistryNeeds,
  handle: (request: Request) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const answer = async (): Promise<Response> => {
      requireServiceKey(call.metadata, needs.serviceKey);
      return handle(call.request);
    };
    answer().then(
      (response) => callback(null, response),
      (thrown: unknown) => {
        const error = thrown instanceof AppError ? thrown : new AppError('INTERNAL', { cause: thrown });
        if (error.status >= 500) needs.logger.error({ err: error }, 'a service could not be answered');
        callback(toGrpcError(error));
      },
    );
  };
}
