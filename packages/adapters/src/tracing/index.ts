/**
 * Traces by OpenTelemetry, sent over OTLP/HTTP. Traces travel as W3C `traceparent` texts everywhere in the platform, so that only this
 * file knows the SDK. Without an address nothing is recorded, nothing is loaded, and texts are passed on as they came.
 */
import type { Tracing, TracingSettings } from './tracing.ts';

export { traceBus } from './bus.ts';
export type * from './tracing.ts';

export const noTracing: Tracing = {
  isEnabled: false,
  start: (_name, { parent }) => ({ traceparent: parent, set() {}, end() {} }),
  record() {},
  async close() {},
};

/** The SDK is loaded only when it is used: it costs some 15 MB and 100 ms. */
export async function openTracing(settings: TracingSettings): Promise<Tracing> {
  if (settings.url === undefined) return noTracing;
  const { openOtlp } = await import('./otlp.ts');
  return openOtlp({ ...settings, url: settings.url });
}
