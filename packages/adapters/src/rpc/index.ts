export type { CallTerms, InstanceChannel } from './channel.ts';
export { openServicePool, type PoolEvent, type Registration, type ServicePool, type ServicePoolOptions } from './pool.ts';
