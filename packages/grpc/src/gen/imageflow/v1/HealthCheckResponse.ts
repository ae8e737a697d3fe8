// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { Long } from '@grpc/proto-loader';

export interface HealthCheckResponse {
  /**
   * "SERVING", "NOT_SERVING" or "DRAINING".
   */
  'status'?: (string);
  'version'?: (string);
  /**
   * Share of one core, 0 to 100 × cores, averaged over the last seconds.
   */
  'cpu_usage'?: (number | string);
  /**
   * Resident memory, MiB.
   */
  'memory_usage_mb'?: (number | string);
  /**
   * Calls being answered now.
   */
  'connections'?: (number);
  /**
   * Mean time of recent calls, ms.
   */
  'response_time_ms'?: (number | string);
  'uptime_seconds'?: (number | string | Long);
  /**
   * Calls since start, by outcome.
   */
  'calls_completed'?: (number | string | Long);
  'calls_failed'?: (number | string | Long);
  /**
   * The instance's own name.
   */
  'instance_id'?: (string);
}

export interface HealthCheckResponse__Output {
  /**
   * "SERVING", "NOT_SERVING" or "DRAINING".
   */
  'status': (string);
  'version': (string);
  /**
   * Share of one core, 0 to 100 × cores, averaged over the last seconds.
   */
  'cpu_usage': (number);
  /**
   * Resident memory, MiB.
   */
  'memory_usage_mb': (number);
  /**
   * Calls being answered now.
   */
  'connections': (number);
  /**
   * Mean time of recent calls, ms.
   */
  'response_time_ms': (number);
  'uptime_seconds': (number);
  /**
   * Calls since start, by outcome.
   */
  'calls_completed': (number);
  'calls_failed': (number);
  /**
   * The instance's own name.
   */
  'instance_id': (string);
}
