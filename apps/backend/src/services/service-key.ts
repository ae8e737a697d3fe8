/** The key by which service instances announce themselves: IMAGEFLOW_SERVICE_KEY, else one made at the first start and kept in the data folder. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ServiceKey {
  /** Compares in constant time. */
  isKey(text: string): boolean;
}

export const serviceKeyFile = (dataDir: string): string => join(dataDir, 'service-key.txt');

export async function openServiceKey(dataDir: string, setting: string | undefined): Promise<ServiceKey> {
  const key = setting ?? (await readOrMake(serviceKeyFile(dataDir)));
  const digest = digestOf(key);
  return { isKey: (text) => timingSafeEqual(digestOf(text), digest) };
}

async function readOrMake(file: string): Promise<string> {
  const made = randomBytes(32).toString('base64url');
  try {
    await writeFile(file, `${made}\n`, { flag: 'wx', mode: 0o600 });
    return made;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return (await readFile(file, 'utf8')).trim();
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
