/** The port `Probe` over gRPC. */
import { AppError, type Clock, type Probe } from '@imageflow/core';
import type { InstanceChannel } from './channel.ts';
import { toDescription, toHealthReport } from './description.ts';

/** The watch gives up earlier; this only makes a service forget the call too. */
const probeDeadlineMs = 10_000;

export function createProbe(channelOf: (instanceId: string) => InstanceChannel | undefined, clock: Clock): Probe {
  const ask = (id: string): InstanceChannel => {
    const channel = channelOf(id);
    if (channel === undefined) throw new AppError('SERVICE_UNAVAILABLE');
    return channel;
  };
  const terms = (signal: AbortSignal) => ({ deadline: clock.now() + probeDeadlineMs, signal });
  return {
    async check({ id }, signal) {
      return toHealthReport(await ask(id).call('ProcessorService', (client) => client.HealthCheck, {}, terms(signal)));
    },
    async describe({ id }, signal) {
      return toDescription(await ask(id).call('ProcessorService', (client) => client.Describe, {}, terms(signal)));
    },
  };
}
