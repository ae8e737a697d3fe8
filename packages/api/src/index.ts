export { authRoutes } from './http/auth.ts';
export * from './http/page.ts';
export { pipelineRoutes } from './http/pipelines.ts';
export * from './http/route.ts';
export { systemRoutes } from './http/system.ts';
export { userRoutes } from './http/users.ts';
