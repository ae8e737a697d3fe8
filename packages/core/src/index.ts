export * from './auth/permissions.ts';
export * from './errors.ts';
export * from './execution/events.ts';
export * from './pipeline/component.ts';
export * from './pipeline/data.ts';
export * from './pipeline/definition.ts';
export * from './pipeline/transform.ts';
export * from './ports.ts';
