/** The port `StepInvoker` over gRPC: picks an instance, calls it, tells the pool how it went. */

import {
  AppError,
  type Clock,
  type Lease,
  type Registry,
  type StepAnswer,
  type StepCall,
  type StepInvoker,
  serviceOf,
} from '@imageflow/core';
import type { ProcessRequest, ProcessResponse__Output } from '@imageflow/grpc';
import type { Span, Tracing } from '../tracing/index.ts';
import { isSuspicious, isUnstarted, judgeFailure } from './blame.ts';
import type { InstanceChannel } from './channel.ts';
import { type InlineStore, storeInlineImages, toInlineRequest } from './inline.ts';
import { toProcessRequest, toStepAnswer } from './wire.ts';

/** A call that is silent for so long makes its instance be checked. */
const suspiciousMs = 2_000;

export interface InvokerNeeds {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly objects: InlineStore;
  readonly tracing: Tracing;
  readonly channelOf: (instanceId: string) => InstanceChannel | undefined;
  /** Has the instance checked now. */
  readonly suspect: (instanceId: string) => void;
}

export function createInvoker(needs: InvokerNeeds): StepInvoker {
  return {
    async invoke(call, signal) {
      const deadline = needs.clock.now() + call.timeoutMs;
      const tried = new Set<string>();
      let refusal: unknown;
      // Goes on only when an instance had not begun: each attempt of the engine is worked on at most once.
      for (;;) {
        const lease = acquire(needs.registry, call.component, tried, refusal);
        tried.add(lease.instance.id);
        try {
          return await callInstance(lease, { call, deadline, signal }, needs);
        } catch (error) {
          if (!isUnstarted(error)) throw named(error, call.component);
          refusal = named(error, call.component);
        }
      }
    },
  };
}

interface Attempt {
  readonly call: StepCall;
  readonly deadline: number;
  readonly signal: AbortSignal;
}

function acquire(registry: Registry, component: string, tried: ReadonlySet<string>, refusal: unknown): Lease {
  try {
    return registry.acquire(component, tried);
  } catch (error) {
    throw refusal ?? error;
  }
}

async function callInstance(lease: Lease, attempt: Attempt, needs: InvokerNeeds): Promise<StepAnswer> {
  const { call } = attempt;
  const { id } = lease.instance;
  const startedAt = needs.clock.now();
  const span = startSpan(lease, call, needs.tracing);
  const cancelSuspicion = needs.clock.after(suspiciousMs, () => needs.suspect(id));
  try {
    const isInline = lease.instance.description?.inline.has(call.component) ?? false;
    const response = await (isInline
      ? callInline(id, attempt, span, needs)
      : callProcess(id, toProcessRequest(call), attempt, span, needs));
    const producesImage = needs.registry.catalogue().get(call.component)?.produces_image ?? false;
    const answer = toStepAnswer(call, producesImage, response, id);
    lease.end({ kind: 'completed', durationMs: needs.clock.now() - startedAt });
    span.end();
    return answer;
  } catch (error) {
    lease.end(judgeFailure(error, call.timeoutMs));
    span.end(error);
    if (isSuspicious(error)) needs.suspect(id);
    throw error;
  } finally {
    cancelSuspicion();
  }
}

function startSpan({ instance }: Lease, call: StepCall, tracing: Tracing): Span {
  const attributes = {
    'rpc.system': 'grpc',
    'rpc.service': 'imageflow.v1.ProcessorService',
    'rpc.method': 'Process',
    'server.address': instance.address,
    'imageflow.instance_id': instance.id,
    'imageflow.component': call.component,
    'imageflow.execution_id': call.executionId,
    'imageflow.step_id': call.stepId,
    'imageflow.attempt': call.attempt,
  };
  return tracing.start(`step ${call.component}`, { kind: 'client', parent: call.traceparent, attributes });
}

async function callInline(id: string, attempt: Attempt, span: Span, needs: InvokerNeeds): Promise<ProcessResponse__Output> {
  const { call, signal } = attempt;
  const request = await toInlineRequest(call, needs.objects, signal);
  const response = await callProcess(id, request, attempt, span, needs);
  return storeInlineImages(call, response, needs.objects, signal);
}

async function callProcess(
  id: string,
  request: ProcessRequest,
  attempt: Attempt,
  span: Span,
  needs: InvokerNeeds,
): Promise<ProcessResponse__Output> {
  const channel = needs.channelOf(id);
  if (channel === undefined) throw new AppError('SERVICE_UNAVAILABLE');
  const terms = { deadline: attempt.deadline, traceparent: span.traceparent, signal: attempt.signal };
  return channel.call('ProcessorService', (client) => client.Process, request, terms);
}

/** The AI service has a code of its own. */
function named(error: unknown, component: string): unknown {
  if (!(error instanceof AppError) || error.code !== 'SERVICE_UNAVAILABLE' || serviceOf(component) !== 'AIDetectionService') return error;
  return new AppError('AI_SERVICE_UNAVAILABLE', { retryAfterSeconds: error.retryAfterSeconds ?? 1, cause: error });
}
