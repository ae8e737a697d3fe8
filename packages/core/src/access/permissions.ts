/** The one table of who may do what. Routes, gRPC methods and WebSocket subscriptions name an action; nothing else decides. */

export type Role = 'admin' | 'engineer' | 'inspector' | 'viewer' | 'service' | 'device';

const everyone: readonly Role[] = ['admin', 'engineer', 'inspector', 'viewer', 'service', 'device'];
const people: readonly Role[] = ['admin', 'engineer', 'inspector', 'viewer'];
const operators: readonly Role[] = ['admin', 'engineer', 'inspector', 'service', 'device'];
const inspectors: readonly Role[] = ['admin', 'engineer', 'inspector'];
const inspection: readonly Role[] = [...inspectors, 'device'];
const engineers: readonly Role[] = ['admin', 'engineer'];
const admins: readonly Role[] = ['admin'];

export const permissions = {
  'auth:self': everyone,
  'users:read': admins,
  'users:write': admins,
  'pipelines:read': everyone,
  'pipelines:write': engineers,
  'executions:read': everyone,
  'executions:run': operators,
  'executions:cancel': operators,
  'dead_letters:read': people,
  'dead_letters:write': engineers,
  'components:read': everyone,
  'files:read': everyone,
  'files:write': operators,
  'files:delete': engineers,
  'models:read': everyone,
  'models:write': engineers,
  'services:read': people,
  'services:write': admins,
  'services:register': ['service', 'admin'],
  'streams:read': everyone,
  'streams:write': engineers,
  'streams:run': operators,
  'audit:read': admins,
  'inspection:read': everyone,
  'inspection:judge': inspection,
  'inspection:reopen': inspectors,
  'inspection:resolve': engineers,
  'masters:write': engineers,
  'quality:write': engineers,
  'alerts:acknowledge': inspectors,
  'exports:create': inspectors,
  'sync:use': inspection,
  'devices:read': engineers,
  'devices:write': admins,
  'webhooks:write': admins,
} as const satisfies Record<string, readonly Role[]>;

export type Action = keyof typeof permissions;

export function isAllowed(role: Role, action: Action): boolean {
  return (permissions[action] as readonly Role[]).includes(role);
}
