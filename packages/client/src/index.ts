export type { Answered, Input, Output } from './call.ts';
export * from './camera.ts';
export * from './client.ts';
export { ApiError, ConnectionError, type Problem } from './errors.ts';
export * from './follow.ts';
