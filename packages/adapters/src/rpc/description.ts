/** `ProcessorService.Describe` and `HealthCheck` as the pool's data. */

import { AppError, type Component, type HealthReport, type JsonSchema, type ServiceDescription } from '@imageflow/core';
import type { ComponentDescription__Output, DescribeResponse__Output, HealthCheckResponse__Output } from '@imageflow/grpc';
import { checkJsonSchema } from '@imageflow/schema/compiled';

/** Time-outs and further attempts of a step that names none. */
const defaults: Readonly<Record<string, { readonly timeoutMs: number; readonly retryCount: number }>> = {
  ResizeService: { timeoutMs: 30_000, retryCount: 3 },
  AIDetectionService: { timeoutMs: 60_000, retryCount: 2 },
  FilterService: { timeoutMs: 20_000, retryCount: 3 },
  CameraStreamService: { timeoutMs: 10_000, retryCount: 1 },
};
const otherDefaults = { timeoutMs: 30_000, retryCount: 2 };

const categories = ['geometry', 'detection', 'filter', 'quality', 'other'] as const;
const namePattern = /^[A-Za-z][A-Za-z0-9_]{0,99}$/;

/** @throws AppError SERVICE_FAULT naming the component that cannot be used. */
export function toDescription(response: DescribeResponse__Output): ServiceDescription {
  const { service_name, version, components } = response;
  if (!namePattern.test(service_name)) throw nonsense(`service_name "${service_name.slice(0, 100)}" is not a name`);
  const inline = components.filter((component) => component.inline_images).map((component) => `${service_name}.${component.method}`);
  return {
    service: service_name,
    version,
    components: components.map((component) => toComponent(service_name, component)),
    inline: new Set(inline),
  };
}

function toComponent(service: string, wire: ComponentDescription__Output): Component {
  const { method, label, description } = wire;
  if (!namePattern.test(method)) throw nonsense(`method "${method.slice(0, 100)}" is not a name`);
  const id = `${service}.${method}`;
  const terms = defaults[service] ?? otherDefaults;
  return {
    component_id: id,
    service,
    method,
    label: toText(label, method),
    description: toText(description, ''),
    parameters_schema: toSchema(wire.parameters_schema_json, id),
    produces_image: wire.produces_image,
    produces_detections: wire.produces_detections,
    consumes_detections: wire.consumes_detections,
    streamable: wire.streamable,
    ...(wire.needs_stream ? { needs_stream: true } : {}),
    category: categories.find((category) => category === wire.category) ?? 'other',
    default_timeout_ms: terms.timeoutMs,
    default_retry_count: terms.retryCount,
  };
}

/** Whoever writes one language only is shown in it. */
function toText(text: { ja: string; en: string } | null, fallback: string): { ja: string; en: string } {
  const ja = text?.ja || text?.en || fallback;
  return { ja, en: text?.en || ja };
}

function toSchema(json: string, id: string): JsonSchema {
  try {
    const schema: unknown = json === '' ? { type: 'object' } : JSON.parse(json);
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) throw new Error('it is not an object');
    // Compiles it; throws when it is not a valid schema.
    checkJsonSchema(schema as JsonSchema, {});
    return schema as JsonSchema;
  } catch (error) {
    throw nonsense(`parameters_schema_json of ${id}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Whatever is not SERVING or DRAINING cannot be used. */
export function toHealthReport(response: HealthCheckResponse__Output): HealthReport {
  const status = ({ SERVING: 'serving', DRAINING: 'draining' } as const)[response.status] ?? 'not_serving';
  return {
    status,
    version: response.version,
    cpuUsage: response.cpu_usage,
    memoryUsageMb: response.memory_usage_mb,
    connections: response.connections,
    responseTimeMs: response.response_time_ms,
    uptimeSeconds: response.uptime_seconds,
  };
}

function nonsense(reason: string): AppError {
  const text = `The service describes itself wrongly: ${reason}`;
  return new AppError('SERVICE_FAULT', { detail: { ja: `サービスの自己記述が不正です: ${reason}`, en: text }, retryable: false });
}
