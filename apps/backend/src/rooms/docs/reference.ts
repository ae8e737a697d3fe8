/** The browsable API reference, served whole from here: a plant's network may have no way out. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import Fastify from 'fastify';

export interface ReferencePage {
  readonly html: string;
  /** gzip. */
  readonly script: Uint8Array;
}

export const scriptPath = '/api/docs/js/scalar.js';

let loading: Promise<ReferencePage> | undefined;

/** Loaded at the first request: the viewer is 5 MB of source that most servers never show. */
export function loadReferencePage(): Promise<ReferencePage> {
  loading ??= renderReference();
  return loading;
}

/** The viewer comes only as a server plugin: a server that never listens renders its page and script. */
async function renderReference(): Promise<ReferencePage> {
  const { default: viewer } = await import('@scalar/fastify-api-reference');
  const scratch = Fastify({ routerOptions: { ignoreTrailingSlash: true } });
  await scratch.register(viewer, {
    routePrefix: '/api/docs',
    configuration: {
      url: '/api/v1/openapi.json',
      pageTitle: 'ImageFlowCanvas API',
      cdn: scriptPath,
      withDefaultFonts: false,
      telemetry: false,
      showDeveloperTools: 'never',
      // It leads to a site of its maker.
      hideClientButton: true,
      agent: { disabled: true },
      mcp: { disabled: true },
    },
  });
  const [page, script] = await Promise.all([scratch.inject('/api/docs/'), scratch.inject(scriptPath)]);
  await scratch.close();
  return { html: page.body, script: await promisify(gzip)(script.rawPayload, { level: 9 }) };
}
