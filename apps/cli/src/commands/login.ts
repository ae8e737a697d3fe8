/** `imageflow login` and `logout`. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { createClient } from '@imageflow/api/client';
import type { CliConfig } from '../config.ts';
import { Stop } from '../exit.ts';
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
  const username = options.username ?? (await askUser(config));
  const password = config.password ?? (await ask(say({ ja: 'パスワード: ', en: 'Password: ' }), true));
  if (password === '') throw new Stop('usage', 'パスワードが空です', 'The password is empty');
  const signins = createSignins(config.configDir);
  const client = createClient({ baseUrl: server, language, onTokens: (next) => signins.keep(server, next) });
  await client.login(username, password);
  console.log(say({ ja: `${server} に ${username} としてログインしました`, en: `Signed in to ${server} as ${username}` }));
}

async function askUser({ say }: CliConfig): Promise<string> {
  if (process.stdin.isTTY !== true) return defaultUser;
  const typed = await ask(say({ ja: `ユーザー名 [${defaultUser}]: `, en: `User name [${defaultUser}]: ` }), false);
  return typed === '' ? defaultUser : typed;
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

async function ask(question: string, isSecret: boolean): Promise<string> {
  const isTerminal = process.stdin.isTTY === true;
  if (isTerminal) process.stderr.write(question);
  // What is typed is echoed by readline, not by the terminal: a secret goes nowhere.
  const echo = isSecret || !isTerminal ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr;
  const lines = createInterface({ input: process.stdin, output: echo, terminal: isTerminal });
  try {
    return (await lines.question('')).trim();
  } finally {
    lines.close();
    if (isTerminal && isSecret) process.stderr.write('\n');
  }
}
