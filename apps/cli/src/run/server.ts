/** The server of a run: the named or signed-in one, one that runs here, or an embedded one for as long as the run lasts. */
import { resolve } from 'node:path';
import { ApiError, type Client, createClient } from '@imageflow/client';
import { pipelineRoutes } from '@imageflow/contract';
import type { CliConfig } from '../config.ts';
import { Stop, unreachable } from '../exit.ts';
import { findRunning, localUser } from '../running.ts';
import { answers, chooseServer, hasAccess, notSignedIn, openClient } from '../server.ts';
import { startEmbedded } from '../up/embedded.ts';
import { choosePort } from '../up/ports.ts';
import { createLocalPassword, oneOfEach } from '../up/settings.ts';

export interface RunServer {
  readonly client: Client;
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly server?: string;
  readonly dataDir: string;
}

export async function openRunServer(options: ServerOptions, config: CliConfig, signal: AbortSignal): Promise<RunServer> {
  const dataDir = resolve(options.dataDir);
  const { server, isNamed } = await chooseServer(options.server, config);
  if (await answers(server)) return useRunning(server, config);
  if (isNamed) throw unreachable(server);
  const own = await findRunning(config.configDir, (one) => one.data_dir === dataDir);
  return own === undefined ? startOwn(dataDir, config, signal) : useRunning(own.address, config);
}

async function useRunning(server: string, config: CliConfig): Promise<RunServer> {
  if (!(await hasAccess(server, config))) throw notSignedIn(server);
  return { client: await openClient(server, config), close: async () => undefined };
}

/** Whoever can start it on these data owns them: the backend lets the start's own password in, until it stops. */
async function startOwn(dataDir: string, config: CliConfig, signal: AbortSignal): Promise<RunServer> {
  const { language, say } = config;
  console.error(
    say({ ja: 'サーバーが動いていないので、この実行の間だけ起動します…', en: 'No server is running; starting one for this run…' }),
  );
  const localPassword = createLocalPassword();
  const settings = {
    host: '127.0.0.1',
    port: await choosePort(0),
    grpcPort: await choosePort(0),
    dataDir,
    instances: oneOfEach,
    localPassword,
    otherServices: config.otherServices,
  };
  const embedded = await startEmbedded(settings, { onStart: () => undefined, onReady: () => undefined, onDeath: () => undefined }, signal);
  const client = createClient({ baseUrl: embedded.address, language });
  await client.login(localUser, localPassword).catch(async (error: unknown) => {
    await embedded.stop();
    throw error;
  });
  return { client, close: () => embedded.stop() };
}

/** Before anything is sent. */
export async function checkPipeline(client: Client, id: string): Promise<void> {
  try {
    await client.call(pipelineRoutes.getPipeline, { params: { id } });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    const { items } = await client.call(pipelineRoutes.listPipelines, { query: { limit: 50 } });
    const known = items.map((item) => item.pipeline_id).join(', ');
    throw new Stop(
      'usage',
      `パイプライン ${id} はありません。使えるもの: ${known}`,
      `There is no pipeline ${id}. There are: ${known}`,
      error,
    );
  }
}
