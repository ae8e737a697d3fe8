/** Sign-ins that are kept between calls: one a server, in a file that only the user can read. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Tokens } from '@imageflow/client';
import { z } from 'zod';

const kept = z.object({
  /** The one last signed in to. */
  server: z.string().optional(),
  signins: z.record(z.string(), z.object({ accessToken: z.string(), refreshToken: z.string() })).default({}),
});

type Kept = z.output<typeof kept>;

export interface Signins {
  lastServer(): Promise<string | undefined>;
  find(server: string): Promise<Tokens | undefined>;
  /** undefined: the sign-in has ended. */
  keep(server: string, tokens: Tokens | undefined): Promise<void>;
}

export function createSignins(configDir: string): Signins {
  const file = join(configDir, 'signins.json');
  return {
    lastServer: async () => (await read(file)).server,
    find: async (server) => (await read(file)).signins[server],
    async keep(server, tokens) {
      const { signins } = await read(file);
      const others = Object.fromEntries(Object.entries(signins).filter(([name]) => name !== server));
      await write(file, tokens === undefined ? { signins: others } : { server, signins: { ...others, [server]: tokens } });
    },
  };
}

async function read(file: string): Promise<Kept> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  try {
    return kept.parse(JSON.parse(text));
  } catch {
    // A file that was cut off only means signing in again.
    return { signins: {} };
  }
}

async function write(file: string, next: Kept): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}`;
  await writeFile(fresh, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
  await rename(fresh, file);
}
