/** What Prometheus reads from /metrics. */
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  /** Rooms with numbers of their own register them here. */
  readonly registry: Registry;
  stepFinished(component: string, status: 'completed' | 'failed' | 'cancelled', seconds: number): void;
  executionFinished(status: string, mode: string, seconds: number): void;
}

/** Executions by status, asked at each scrape. */
export type CountExecutions = () => Promise<{ readonly pending: number; readonly running: number }>;

const httpBuckets = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const stepBuckets = [0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5, 10, 30];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'imageflow_' });
  const steps = new Histogram({
    name: 'imageflow_step_duration_seconds',
    help: 'Time of one attempt of a step, by component and outcome',
    labelNames: ['component', 'status'],
    buckets: stepBuckets,
    registers: [registry],
  });
  const executions = new Histogram({
    name: 'imageflow_execution_duration_seconds',
    help: 'Time of an execution from its start to its end, by outcome and mode',
    labelNames: ['status', 'execution_mode'],
    buckets: stepBuckets,
    registers: [registry],
  });
  return {
    registry,
    stepFinished: (component, status, seconds) => steps.observe({ component, status }, seconds),
    executionFinished: (status, mode, seconds) => executions.observe({ status, execution_mode: mode }, seconds),
  };
}

/** Times every request by its route, never by its address: those are without number. */
export function measureRequests(app: FastifyInstance, metrics: Metrics): void {
  const durations = new Histogram({
    name: 'imageflow_http_request_duration_seconds',
    help: 'Time to answer a request, by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: httpBuckets,
    registers: [metrics.registry],
  });
  const sockets = new Gauge({
    name: 'imageflow_websocket_connections',
    help: 'Open WebSocket connections',
    registers: [metrics.registry],
    collect() {
      this.set(app.websocketServer.clients.size);
    },
  });
  sockets.set(0);
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    durations.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
  });
}

/** Numbers by state as the database knows them: the same on every backend. Asked at each scrape. */
export function measureCounts(
  { registry }: Metrics,
  name: string,
  help: string,
  count: () => Promise<Readonly<Record<string, number>>>,
): void {
  new Gauge({
    name,
    help,
    labelNames: ['status'],
    registers: [registry],
    async collect() {
      // The rest of the numbers is still worth having when the database is down.
      const counts = await count().catch(() => ({}));
      this.reset();
      for (const [status, value] of Object.entries(counts)) this.set({ status }, value);
    },
  });
}
