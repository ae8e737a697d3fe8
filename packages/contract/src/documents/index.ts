export { createAsyncApi } from './asyncapi.ts';
export { createOpenApi } from './openapi.ts';
