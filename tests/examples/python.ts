/** A Python with the packages of an example: made once, kept beside the installed packages of Node. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const starters = process.platform === 'win32' ? ['py', 'python'] : ['python3', 'python'];

/** The interpreter's path; undefined when this machine has no Python 3.10 or newer. */
export async function preparePython(requirements: string): Promise<string | undefined> {
  const starter = await findStarter();
  if (starter === undefined) return undefined;
  const stamp = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(root, 'node_modules/.cache', `python-${stamp}`);
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const done = join(folder, 'done');
  if (existsSync(done)) return python;
  await run(starter, ['-m', 'venv', '--clear', folder]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]);
  await writeFile(done, '');
  return python;
}

async function findStarter(): Promise<string | undefined> {
  for (const starter of starters) {
    const isUsable = await run(starter, ['-c', 'import sys, venv; assert sys.version_info >= (3, 10)']).then(
      () => true,
      () => false,
    );
    if (isUsable) return starter;
  }
  return undefined;
}
