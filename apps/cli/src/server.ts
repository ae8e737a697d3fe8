/** Which server a command speaks to, and as whom. */
import { type Client, createClient } from '@imageflow/client';
import type { CliConfig } from './config.ts';
import { Stop } from './exit.ts';
import { listRunning, localUser } from './running.ts';
import { createSignins } from './signins.ts';

export interface ServerChoice {
  readonly server: string;
  /** By an option or IMAGEFLOW_SERVER: no other will do. */
  readonly isNamed: boolean;
}

const defaultServer = 'http://localhost:8080';

/** The server that is meant: named, else the one last signed in to, else the one this user has started here, else the usual address. */
export async function chooseServer(named: string | undefined, config: CliConfig): Promise<ServerChoice> {
  const asked = named ?? config.server;
  if (asked !== undefined) return { server: parseAddress(asked), isNamed: true };
  const last = await createSignins(config.configDir).lastServer();
  if (last !== undefined && (!isLocal(last) || (await answers(last)))) return { server: last, isNamed: !isLocal(last) };
  const [own] = await listRunning(config.configDir);
  return { server: own?.address ?? defaultServer, isNamed: false };
}

/** With the kept sign-in; on a platform this user has started, with the access that comes with it. Else calls answer 401. */
export async function openClient(server: string, config: CliConfig): Promise<Client> {
  const signins = createSignins(config.configDir);
  const tokens = await signins.find(server);
  if (tokens === undefined) {
    const local = await openLocal(server, config);
    if (local !== undefined) return local;
  }
  return createClient({ baseUrl: server, language: config.language, tokens, onTokens: (next) => signins.keep(server, next) });
}

/** The client for the commands that need an account. */
export async function openServer(named: string | undefined, config: CliConfig): Promise<Client> {
  const { server } = await chooseServer(named, config);
  if (!(await hasAccess(server, config))) throw notSignedIn(server);
  return openClient(server, config);
}

export async function hasAccess(server: string, config: CliConfig): Promise<boolean> {
  if ((await createSignins(config.configDir).find(server)) !== undefined) return true;
  return (await findOwn(server, config)) !== undefined;
}

export function notSignedIn(server: string): Stop {
  const hint = server === defaultServer ? '' : ` --server ${server}`;
  return new Stop(
    'signIn',
    `${server} にログインしていません。imageflow login${hint} を実行してください（最初のパスワードは起動時の表示と <データ>/first-login.txt にあります）`,
    `Not signed in to ${server}. Run imageflow login${hint} (the first password is shown at the start and in <data>/first-login.txt)`,
  );
}

export function answers(server: string): Promise<boolean> {
  return fetch(`${server}/livez`, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false,
  );
}

export function isLocal(server: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(server).hostname);
}

async function openLocal(server: string, config: CliConfig): Promise<Client | undefined> {
  const own = await findOwn(server, config);
  if (own === undefined) return undefined;
  const client = createClient({ baseUrl: server, language: config.language });
  await client.login(localUser, own.local_password);
  return client;
}

/** On one machine the same place has several names. */
async function findOwn(server: string, config: CliConfig) {
  const place = placeOf(server);
  return (await listRunning(config.configDir)).find((one) => placeOf(one.address) === place);
}

function placeOf(server: string): string {
  return isLocal(server) ? `local:${new URL(server).port}` : server;
}

function parseAddress(text: string): string {
  const withScheme = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (URL.canParse(withScheme)) return withScheme.replace(/\/+$/, '');
  throw new Stop('usage', `サーバーのアドレスが読めません: ${text}`, `This is not the address of a server: ${text}`);
}
