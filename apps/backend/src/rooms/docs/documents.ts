/** The documents for programs, by address. Loaded and built when someone asks: a start does not pay for them. */
import { version } from '../../runtime/version.ts';

export const documents: Readonly<Record<string, () => Promise<object>>> = {
  '/api/v1/openapi.json': async () => (await import('@imageflow/contract/documents')).createOpenApi(version),
  '/api/v1/asyncapi.json': async () => (await import('@imageflow/contract/documents')).createAsyncApi(version),
};
