/** The connection to one instance: calls of ProcessorService, and of the services it offers besides. */

import * as grpc from '@grpc/grpc-js';
import { type CallOptions, type ClientUnaryCall, credentials, Metadata, type requestCallback, type ServiceError } from '@grpc/grpc-js';
import { AppError } from '@imageflow/core';
import { fromGrpcError, loadServices, neighbourOptions } from '@imageflow/grpc';

/** A unary method of a generated client. */
export type UnaryMethod<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: CallOptions,
  callback: requestCallback<Response>,
) => ClientUnaryCall;

export interface CallTerms {
  /** Epoch ms; the service stops its work then too. */
  readonly deadline: number;
  readonly traceparent?: string | undefined;
  readonly signal: AbortSignal;
}

type Services = ReturnType<typeof loadServices>;
type ClientName = { [N in keyof Services]: N extends `${string}Service` ? N : never }[keyof Services];
type Client<N extends ClientName> = InstanceType<Services[N]>;

export interface InstanceChannel {
  /**
   * Calls one method. Rejects with an AppError: CANCELLED when the signal aborts, SERVICE_UNAVAILABLE when the instance is found dead
   * meanwhile, else what `fromGrpcError` makes of the failure.
   */
  call<N extends ClientName, Request, Response>(
    service: N,
    pick: (client: Client<N>) => UnaryMethod<Request, Response>,
    request: Request,
    terms: CallTerms,
  ): Promise<Response>;
  /** Gives up on the connection and everything that waits on it; later calls get a new one. */
  reset(): void;
  /** Takes no more calls; those that run go on. */
  retire(): void;
  close(): void;
}

const channelOptions: grpc.ChannelOptions = {
  ...neighbourOptions,
  // Nobody reads it, and every call is booked in it.
  'grpc.enable_channelz': 0,
  // The engine retries, with another instance; a repeat below it would spend the deadline in secret.
  'grpc.enable_retries': 0,
  // Instances must not share connections, nor the back-off of one that was closed.
  'grpc.use_local_subchannel_pool': 1,
  // A container that restarts comes back under another address.
  'grpc.dns_min_time_between_resolutions_ms': 2_000,
};

/** `onDisconnect` tells that a connection broke, also when no call was running. */
export function openChannel(address: string, onDisconnect: () => void): InstanceChannel {
  const running = new Set<(error: AppError) => void>();
  let clients = createClients(address, onDisconnect);

  function drop(error: AppError): void {
    for (const fail of [...running]) fail(error);
    clients.close();
  }

  return {
    call(service, pick, request, terms) {
      const client = clients.get(service);
      return callUnary(pick(client).bind(client), request, terms, running);
    },
    reset() {
      drop(silent());
      clients = createClients(address, onDisconnect);
    },
    retire: () => clients.close(),
    close: () => drop(new AppError('SHUTTING_DOWN', { retryAfterSeconds: 1 })),
  };
}

/** One connection for all clients of an address. */
function createClients(address: string, onDisconnect: () => void) {
  const channel = new grpc.Channel(address, credentials.createInsecure(), channelOptions);
  watchConnection(channel, onDisconnect);
  const clients = new Map<ClientName, grpc.Client>();
  return {
    get<N extends ClientName>(name: N): Client<N> {
      let client = clients.get(name);
      if (client === undefined) {
        client = new (loadServices()[name])(address, credentials.createInsecure(), { channelOverride: channel });
        clients.set(name, client);
      }
      // Made by the constructor of this very name.
      return client as Client<N>;
    },
    close: () => channel.close(),
  };
}

function watchConnection(channel: grpc.Channel, onDisconnect: () => void): void {
  const { READY, SHUTDOWN } = grpc.connectivityState;
  const state = channel.getConnectivityState(false);
  if (state === SHUTDOWN) return;
  channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => {
    if (state === READY && channel.getConnectivityState(false) !== SHUTDOWN) onDisconnect();
    watchConnection(channel, onDisconnect);
  });
}

function callUnary<Request, Response>(
  method: UnaryMethod<Request, Response>,
  request: Request,
  terms: CallTerms,
  running: Set<(error: AppError) => void>,
): Promise<Response> {
  const { deadline, traceparent, signal } = terms;
  if (signal.aborted) return Promise.reject(new AppError('CANCELLED', { cause: signal.reason }));
  const metadata = new Metadata();
  if (traceparent !== undefined) metadata.set('traceparent', traceparent);
  return new Promise((resolve, reject) => {
    const call = method(request, metadata, { deadline }, (error, response) => {
      settle();
      if (error !== null) reject(toAppError(error));
      else if (response === undefined) reject(new AppError('SERVICE_FAULT'));
      else resolve(response);
    });
    const fail = (error: AppError) => {
      settle();
      reject(error);
      call.cancel();
    };
    const onAbort = () => fail(new AppError('CANCELLED', { cause: signal.reason }));
    const settle = () => {
      running.delete(fail);
      signal.removeEventListener('abort', onAbort);
    };
    running.add(fail);
    signal.addEventListener('abort', onAbort);
  });
}

/** Nobody here cancelled: the other side gave up, as a server does that is shut down by force. */
function toAppError(error: ServiceError): AppError {
  const converted = fromGrpcError(error);
  return converted.code === 'CANCELLED' ? silent(error) : converted;
}

function silent(cause?: unknown): AppError {
  return new AppError('SERVICE_UNAVAILABLE', {
    detail: { ja: '処理サービスが応答しなくなりました', en: 'The instance that worked on it stopped answering' },
    retryAfterSeconds: 1,
    cause,
  });
}
