/** `imageflow login` and `logout`. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Stop } from '../exit.ts';
import type { Language, Say } from '../language.ts';
import { chooseServer, openClient } from '../signins.ts';

export interface LoginOptions {
  readonly server?: string;
  readonly username?: string;
}

/** The password comes from IMAGEFLOW_PASSWORD, the terminal, or standard input; never from an argument, which other users could read. */
export async function login(options: LoginOptions, language: Language, say: Say): Promise<void> {
  const server = await chooseServer(options.server);
  const username =
    options.username ?? (process.stdin.isTTY ? await ask(say({ ja: 'ユーザー名 [admin]: ', en: 'User name [admin]: ' }), false) : '');
  const password = process.env.IMAGEFLOW_PASSWORD ?? (await ask(say({ ja: 'パスワード: ', en: 'Password: ' }), true));
  if (password === '') throw new Stop('usage', 'パスワードが空です', 'The password is empty');
  const client = await openClient(server, language);
  await client.login(username === '' ? 'admin' : username, password);
  console.log(say({ ja: `${server} にログインしました`, en: `Signed in to ${server}` }));
}

export async function logout(options: { readonly server?: string }, language: Language, say: Say): Promise<void> {
  const server = await chooseServer(options.server);
  const client = await openClient(server, language);
  await client.logout();
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
