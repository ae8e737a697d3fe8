/** `imageflow login` and `logout`. */
import { createClient } from '@imageflow/client';
import type { CliConfig } from '../config.ts';
import { Stop } from '../exit.ts';
import { openPrompt } from '../prompt.ts';
import { chooseServer } from '../server.ts';
import { createSignins } from '../signins.ts';

export interface LoginOptions {
  readonly server?: string;
  readonly username?: string;
}

const defaultUser = 'admin';

/** The password comes from IMAGEFLOW_PASSWORD, the terminal, or standard input; never from an argument, which other users could read. */
export async function login(options: LoginOptions, config: CliConfig): Promise<void> {
  const { say, language } = config;
  const { server } = await chooseServer(options.server, config);
  const { username, password } = await askFor(options.username, config);
  if (password === '') throw new Stop('usage', 'パスワードが空です', 'The password is empty');
  const signins = createSignins(config.configDir);
  const client = createClient({ baseUrl: server, language, onTokens: (next) => signins.keep(server, next) });
  await client.login(username, password);
  console.log(say({ ja: `${server} に ${username} としてログインしました`, en: `Signed in to ${server} as ${username}` }));
}

async function askFor(named: string | undefined, { say, password }: CliConfig): Promise<{ username: string; password: string }> {
  if (password !== undefined) return { username: named ?? defaultUser, password };
  const prompt = openPrompt();
  try {
    const isAsked = named === undefined && process.stdin.isTTY === true;
    const typed = isAsked ? await prompt.ask(say({ ja: `ユーザー名 [${defaultUser}]: `, en: `User name [${defaultUser}]: ` })) : '';
    return { username: named ?? (typed || defaultUser), password: await prompt.askSecret(say({ ja: 'パスワード: ', en: 'Password: ' })) };
  } finally {
    prompt.close();
  }
}

export async function logout(options: { readonly server?: string }, config: CliConfig): Promise<void> {
  const { say, language } = config;
  const { server } = await chooseServer(options.server, config);
  const signins = createSignins(config.configDir);
  const tokens = await signins.find(server);
  if (tokens === undefined) {
    console.log(say({ ja: `${server} にはログインしていません`, en: `There is no sign-in to ${server}` }));
    return;
  }
  const client = createClient({ baseUrl: server, language, tokens, onTokens: (next) => signins.keep(server, next) });
  // Whatever the server says or does not say, this machine forgets its tokens.
  await client.logout().finally(() => signins.keep(server, undefined));
  console.log(say({ ja: `${server} からログアウトしました`, en: `Signed out of ${server}` }));
}
