/** CameraStreamService: pipelines on live video, in memory. */
import { Metadata } from '@grpc/grpc-js';
import { AppError, type Clock } from '@imageflow/core';
import { loadServices, toGrpcError } from '@imageflow/grpc';
import type { Logger } from 'pino';
import type { OpenProgram } from '../../scaffold/program.ts';
import { serviceVersion } from '../../scaffold/version.ts';
import { type Admission, createAdmission, type Slot } from './admission.ts';
import { createBackendLink } from './backend.ts';
import { describedComponents, ownService } from './components.ts';
import { openInstances } from './instances.ts';
import { createLocalComponents } from './local.ts';
import { createPipelines } from './pipelines.ts';
import { openSession, type Session, type SessionParts, type StreamCall } from './session.ts';

export const openProgram: OpenProgram = async ({ config, log }) => {
  const backend = createBackendLink(config.streams);
  const instances = await openInstances(backend, systemClock, log);
  const admission = createAdmission(backend, config.streams);
  const local = createLocalComponents(config.limits);
  const pipelines = createPipelines({ backend, instances, local, clock: systemClock });
  const sessions = new Set<Session>();
  let isDraining = false;

  return {
    serviceName: ownService,
    version: serviceVersion,
    components: describedComponents,
    addTypedRpcs(rpcs) {
      const onFrame: SessionParts['onFrame'] = (outcome, durationMs) => rpcs.ended('ProcessVideoStream', outcome, durationMs);
      const parts = { pipelines, invoker: instances.pool.frames, local, config: config.streams, onFrame };
      rpcs.server.addService(loadServices().CameraStreamService.service, {
        ProcessVideoStream: (call: StreamCall) => {
          // Clients that wait for headers before they send would wait for ever: none go out before the first message otherwise.
          call.sendMetadata(new Metadata());
          void serve(call, { admission, sessions, parts, log, isDraining: () => isDraining });
        },
        HealthCheck: rpcs.healthCheck,
      });
    },
    connections: () => sessions.size,
    async drain() {
      isDraining = true;
      const running = [...sessions];
      for (const session of running) session.stop(new AppError('SHUTTING_DOWN', { retryAfterSeconds: 1 }));
      await Promise.all(running.map((session) => session.ended));
    },
    async close() {
      await instances.close();
      backend.close();
    },
  };
};

interface ServeParts {
  readonly admission: Admission;
  readonly sessions: Set<Session>;
  readonly parts: SessionParts;
  readonly log: Logger;
  readonly isDraining: () => boolean;
}

/** Never rejects. */
async function serve(call: StreamCall, { admission, sessions, parts, log, isDraining }: ServeParts): Promise<void> {
  let slot: Slot;
  try {
    if (isDraining()) throw new AppError('SHUTTING_DOWN', { retryAfterSeconds: 1 });
    slot = await admission.admit(call.metadata);
  } catch (error) {
    const refusal = error instanceof AppError ? error : new AppError('INTERNAL', { cause: error });
    log.info({ code: refusal.code, detail: refusal.detail.en }, 'stream refused');
    if (!call.cancelled) call.emit('error', toGrpcError(refusal));
    call.resume();
    return;
  }
  const startedAt = performance.now();
  const session = openSession(call, parts);
  sessions.add(session);
  if (isDraining()) session.stop(new AppError('SHUTTING_DOWN', { retryAfterSeconds: 1 }));
  log.info({ client: slot.client }, 'stream opened');
  const { counts, error } = await session.ended;
  sessions.delete(session);
  slot.release();
  const facts = { client: slot.client, seconds: Math.round((performance.now() - startedAt) / 1000), ...counts };
  if (error === undefined) log.info(facts, 'stream ended');
  else log.info({ ...facts, code: error.code, detail: error.detail.en }, 'stream ended');
}

const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};
