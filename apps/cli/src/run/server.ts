/** The server of a run: the named or signed-in one, one that runs here, or an embedded one for as long as the run lasts. */
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { type Client, createClient } from '@imageflow/api/client';
import { Stop } from '../exit.ts';
import type { Language, Say } from '../language.ts';
import { chooseServer, defaultServer, hasSignin, openClient } from '../signins.ts';
import { type Embedded, explainStart, startEmbedded } from '../up/embedded.ts';
import { StartFailed } from '../up/keeper.ts';
import { choosePort } from '../up/ports.ts';

export interface RunServer {
  readonly client: Client;
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly server?: string;
  readonly dataDir: string;
}

/** The account that exists while IMAGEFLOW_LOCAL_PASSWORD is set. */
const localUser = 'local';

export async function openServer(options: ServerOptions, language: Language, say: Say): Promise<RunServer> {
  const server = await chooseServer(options.server);
  if (await answers(server)) return useRunning(server, language);
  const isNamed = options.server !== undefined || process.env.IMAGEFLOW_SERVER !== undefined;
  if (isNamed) throw new Stop('unreachable', `${server} から応答がありません`, `${server} does not answer`);
  return startOwn(resolve(options.dataDir), language, say);
}

async function useRunning(server: string, language: Language): Promise<RunServer> {
  if (await hasSignin(server)) return { client: await openClient(server, language), close: async () => undefined };
  const hint = server === defaultServer ? '' : ` --server ${server}`;
  throw new Stop(
    'signIn',
    `${server} にログインしていません。imageflow login${hint} を実行してください（最初のパスワードは起動時の表示と <データ>/first-login.txt にあります）`,
    `Not signed in to ${server}. Run imageflow login${hint} (the first password is shown at start and in <data>/first-login.txt)`,
  );
}

/** Whoever can start it on these data owns them: the backend lets the start's own password in, until it stops. */
async function startOwn(dataDir: string, language: Language, say: Say): Promise<RunServer> {
  console.error(
    say({ ja: 'サーバーが動いていないので、この実行の間だけ起動します…', en: 'No server is running; starting one for this run…' }),
  );
  const localPassword = randomBytes(24).toString('base64url');
  const embedded = await start(dataDir, localPassword);
  const client = createClient({ baseUrl: embedded.address, language });
  await client.login(localUser, localPassword).catch(async (error: unknown) => {
    await embedded.stop();
    throw error;
  });
  return { client, close: () => embedded.stop() };
}

async function start(dataDir: string, localPassword: string): Promise<Embedded> {
  const settings = {
    host: '127.0.0.1',
    port: await choosePort(0),
    dataDir,
    instances: { resize: 1, 'ai-detection': 1, filter: 1 },
    localPassword,
  };
  try {
    return await startEmbedded(settings, { onReady: () => undefined, onDeath: () => undefined });
  } catch (error) {
    if (!(error instanceof StartFailed)) throw error;
    const why = explainStart(error);
    const logs = join(dataDir, 'logs');
    throw new Stop(
      'failed',
      `${error.program} を起動できませんでした: ${why}\nログ: ${logs}`,
      `${error.program} could not be started: ${why}\nLogs: ${logs}`,
      error,
    );
  }
}

async function answers(server: string): Promise<boolean> {
  return fetch(`${server}/livez`, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false,
  );
}
