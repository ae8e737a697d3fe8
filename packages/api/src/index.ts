export { authRoutes } from './http/auth.ts';
export { componentRoutes } from './http/components.ts';
export { modelRoutes } from './http/models.ts';
export * from './http/page.ts';
export { pipelineRoutes } from './http/pipelines.ts';
export * from './http/route.ts';
export { serviceRoutes } from './http/services.ts';
export { systemRoutes } from './http/system.ts';
export { userRoutes } from './http/users.ts';
