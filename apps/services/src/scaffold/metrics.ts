/** Prometheus metrics of a service, on their own small HTTP server. */
import { createServer } from 'node:http';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Gate } from './gate.ts';

export interface ServiceMetrics {
  /** `outcome` is "ok" or the code of the error. */
  callEnded(method: string, outcome: string, durationMs: number): void;
  text(): Promise<string>;
}

export function createMetrics(serviceName: string, gate: Pick<Gate, 'running' | 'waiting'>): ServiceMetrics {
  const register = new Registry();
  register.setDefaultLabels({ service: serviceName });
  collectDefaultMetrics({ register });
  const seconds = new Histogram({
    name: 'imageflow_service_call_seconds',
    help: 'Time of calls, with their wait for a turn, by method and outcome',
    labelNames: ['method', 'outcome'] as const,
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
    registers: [register],
  });
  gauge(register, 'imageflow_service_running_calls', 'Calls worked on now', () => gate.running);
  gauge(register, 'imageflow_service_waiting_calls', 'Calls waiting for their turn', () => gate.waiting);
  return {
    callEnded: (method, outcome, durationMs) => seconds.observe({ method, outcome }, durationMs / 1000),
    text: () => register.metrics(),
  };
}

/** Serves GET /metrics; resolves when it listens. Port 0 = any free one. */
export async function openMetricsServer(
  host: string,
  port: number,
  metrics: ServiceMetrics,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.text().then(
      (text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function gauge(register: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [register],
    collect() {
      this.set(read());
    },
  });
}
