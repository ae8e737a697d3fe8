/** What an instance says of its own load (HealthCheck), and of its calls so far. */
import type { HealthCheckResponse } from '@imageflow/grpc';

export type HealthStatus = 'SERVING' | 'NOT_SERVING' | 'DRAINING';

export interface LoadMeter {
  callEnded(durationMs: number, hasFailed: boolean): void;
  report(status: HealthStatus, connections: number): HealthCheckResponse;
  close(): void;
}

/** Calls whose mean time is reported. */
const recentCalls = 100;
const cpuSampleMs = 2_000;

export function createLoadMeter(version: string, instanceId: string): LoadMeter {
  const startedAt = performance.now();
  const cpu = createCpuMeter();
  const recent: number[] = [];
  const calls = { completed: 0, failed: 0 };
  return {
    callEnded(durationMs, hasFailed) {
      calls[hasFailed ? 'failed' : 'completed'] += 1;
      recent.push(durationMs);
      if (recent.length > recentCalls) recent.shift();
    },
    report(status, connections) {
      return {
        status,
        version,
        cpu_usage: cpu.percent(),
        memory_usage_mb: process.memoryUsage.rss() / 1024 / 1024,
        connections,
        response_time_ms: recent.length === 0 ? 0 : recent.reduce((sum, ms) => sum + ms, 0) / recent.length,
        uptime_seconds: Math.floor((performance.now() - startedAt) / 1000),
        calls_completed: calls.completed,
        calls_failed: calls.failed,
        instance_id: instanceId,
      };
    },
    close: cpu.close,
  };
}

/** Share of one core, 0 to 100 × cores, over the last two to four seconds. */
function createCpuMeter(): { percent(): number; close(): void } {
  const sample = () => ({ usage: process.cpuUsage(), at: performance.now() });
  let [older, newer] = [sample(), sample()];
  const timer = setInterval(() => {
    older = newer;
    newer = sample();
  }, cpuSampleMs);
  timer.unref();
  return {
    percent() {
      const used = process.cpuUsage(older.usage);
      const elapsedMs = performance.now() - older.at;
      return elapsedMs <= 0 ? 0 : ((used.user + used.system) / 1000 / elapsedMs) * 100;
    },
    close: () => clearInterval(timer),
  };
}
