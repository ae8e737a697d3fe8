/** A bus whose messages carry the trace on: what is published and consumed becomes spans. */
import type { Bus } from '@imageflow/core';
import type { Tracing } from './tracing.ts';

/** The header of a message (and of HTTP, and gRPC's metadata). */
const header = 'traceparent';

/** Messages of `quiet` topics carry the trace as they are: several for each step of an execution would bury the rest. */
export function traceBus(bus: Bus, tracing: Tracing, quiet: ReadonlySet<string>): Bus {
  if (!tracing.isEnabled) return bus;
  // Methods are taken one by one: a bus may be an object with a prototype, which a spread would lose.
  return {
    kind: bus.kind,
    subscribe: (topic, handle) => bus.subscribe(topic, handle),
    check: () => bus.check(),
    close: () => bus.close(),
    async publish(message) {
      if (quiet.has(message.topic)) return bus.publish(message);
      const attributes = { 'messaging.system': bus.kind, 'messaging.destination.name': message.topic };
      const span = tracing.start(`publish ${message.topic}`, { kind: 'producer', parent: message.headers[header], attributes });
      const headers = span.traceparent === undefined ? message.headers : { ...message.headers, [header]: span.traceparent };
      await spanning(span, bus.publish({ ...message, headers }));
    },
    consume: (topic, options, handle) =>
      bus.consume(topic, options, (message, signal) => {
        const attributes = { 'messaging.system': bus.kind, 'messaging.destination.name': topic, 'imageflow.delivery': message.delivery };
        const span = tracing.start(`process ${topic}`, { kind: 'consumer', parent: message.headers[header], attributes });
        const headers = span.traceparent === undefined ? message.headers : { ...message.headers, [header]: span.traceparent };
        return spanning(span, handle({ ...message, headers }, signal));
      }),
  };
}

async function spanning<T>(span: { end(error?: unknown): void }, work: Promise<T>): Promise<T> {
  try {
    const result = await work;
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}
