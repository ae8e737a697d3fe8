/** Tracing with the OpenTelemetry SDK. */

import { AppError } from '@imageflow/core';
import { type Context, SpanKind as Kinds, ROOT_CONTEXT, type SpanContext, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  RandomIdGenerator,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { SpanKind, Tracing, TracingSettings } from './tracing.ts';

const kinds: Readonly<Record<SpanKind, Kinds>> = {
  server: Kinds.SERVER,
  client: Kinds.CLIENT,
  producer: Kinds.PRODUCER,
  consumer: Kinds.CONSUMER,
  internal: Kinds.INTERNAL,
};

/** Spans that wait to be sent; past it new ones are dropped: a receiver that is down must not fill the memory. */
const maxQueueSize = 8_192;
const sendEveryMs = 2_000;
const sendTimeoutMs = 5_000;

export function openOtlp(settings: TracingSettings & { readonly url: string }): Tracing {
  const exporter = new OTLPTraceExporter({ url: new URL('v1/traces', withSlash(settings.url)).href, timeoutMillis: sendTimeoutMs });
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize,
    scheduledDelayMillis: sendEveryMs,
    exportTimeoutMillis: sendTimeoutMs,
  });
  const random = new RandomIdGenerator();
  /** Of the span that is being started, when it is not any. */
  let ownId: string | undefined;
  const provider = new TracerProvider({
    idGenerator: { generateTraceId: () => random.generateTraceId(), generateSpanId: () => ownId ?? random.generateSpanId() },
    resource: resourceFromAttributes({
      'service.namespace': 'imageflow',
      'service.name': settings.service,
      'service.version': settings.version,
      'service.instance.id': settings.instanceId,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(settings.ratio) }),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('imageflow', settings.version);
  return {
    isEnabled: true,
    start(name, { kind, parent, attributes = {} }) {
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes: { ...attributes } }, contextOf(parent));
      return {
        traceparent: toTraceparent(span.spanContext()),
        set: (more) => {
          span.setAttributes({ ...more });
        },
        end(error) {
          if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: describe(error) });
          if (error instanceof AppError) span.setAttribute('error.type', error.code);
          span.end();
        },
      };
    },
    record(name, { kind, parent, traceparent, startedAt, endedAt, error, attributes = {} }) {
      ownId = pattern.exec(traceparent)?.[2];
      const options = { kind: kinds[kind], attributes: { ...attributes }, startTime: new Date(startedAt) };
      const span = tracer.startSpan(name, options, contextOf(parent));
      ownId = undefined;
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: describe(error) });
      span.end(new Date(endedAt));
    },
    // What a receiver that is down does not take is lost: a stop does not wait for it.
    close: () => provider.shutdown().catch(() => undefined),
  };
}

const pattern = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

function contextOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = pattern.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags ?? '0', 16) & TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function toTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0')}`;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
