/** Sign-ins that are kept between calls: one a server, in a file that only the user can read. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Client, createClient, type Tokens } from '@imageflow/api/client';
import { z } from 'zod';
import type { Language } from './language.ts';

export const defaultServer = 'http://localhost:8080';

const kept = z.object({
  server: z.string().optional(),
  signins: z.record(z.string(), z.object({ accessToken: z.string(), refreshToken: z.string() })).default({}),
});

type Kept = z.output<typeof kept>;

/** IMAGEFLOW_CONFIG_DIR, else where programs of this system keep their settings. */
export function configFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env.IMAGEFLOW_CONFIG_DIR) return env.IMAGEFLOW_CONFIG_DIR;
  if (process.platform === 'win32') return join(env.APPDATA ?? homedir(), 'imageflow');
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'imageflow');
}

/** The server that is meant: named, else the one last signed in to, else this machine's. */
export async function chooseServer(named: string | undefined): Promise<string> {
  return (named ?? process.env.IMAGEFLOW_SERVER ?? (await read()).server ?? defaultServer).replace(/\/+$/, '');
}

/** A client that uses the kept sign-in of this server and keeps its new tokens. */
export async function openClient(server: string, language: Language): Promise<Client> {
  const tokens = (await read()).signins[server];
  return createClient({ baseUrl: server, language, tokens, onTokens: (next) => keepSignin(server, next) });
}

export async function hasSignin(server: string): Promise<boolean> {
  return (await read()).signins[server] !== undefined;
}

async function keepSignin(server: string, tokens: Tokens | undefined): Promise<void> {
  const { signins } = await read();
  const others = Object.fromEntries(Object.entries(signins).filter(([name]) => name !== server));
  await write({ server, signins: tokens === undefined ? others : { ...others, [server]: tokens } });
}

async function read(): Promise<Kept> {
  const text = await readFile(file(), 'utf8').catch(() => '{}');
  try {
    return kept.parse(JSON.parse(text));
  } catch {
    // A file that was cut off only means signing in again.
    return { signins: {} };
  }
}

async function write(next: Kept): Promise<void> {
  await mkdir(dirname(file()), { recursive: true, mode: 0o700 });
  const fresh = `${file()}.${process.pid}`;
  await writeFile(fresh, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
  await rename(fresh, file());
}

function file(): string {
  return join(configFolder(), 'signins.json');
}
