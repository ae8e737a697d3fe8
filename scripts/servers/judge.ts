/** Pillow and OpenCV, which tests hold pixels against: a second opinion on what a file shows. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fillCache, pipInstall } from './install.ts';
import { cacheFolder } from './places.ts';

const version = '1';
const requirements = ['pillow==13.0.0', 'opencv-python-headless==5.0.0.93'];
const timeoutMs = 60_000;

export function hasJudge(): boolean {
  return existsSync(python());
}

export function installJudge(): void {
  fillCache('judge', version, (folder) => {
    for (const requirement of requirements) pipInstall(folder, requirement);
  });
}

/**
 * Runs a program in Python that has Pillow and OpenCV, and returns what it wrote.
 * @throws Error with what Python said
 */
export function askJudge(program: string, input: Uint8Array): Buffer {
  const { status, stdout, stderr, error } = spawnSync(python(), ['-c', program], {
    input,
    maxBuffer: 500_000_000,
    timeout: timeoutMs,
  });
  if (status !== 0) throw new Error(`Python ended with ${status}: ${error?.message ?? stderr.toString()}`);
  return stdout;
}

function python(): string {
  return join(cacheFolder('judge', version), 'bin', 'python3');
}
