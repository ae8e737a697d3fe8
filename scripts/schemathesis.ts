/**
 * `npm run fuzz`: throws what the OpenAPI document allows, and what it forbids, at the whole platform. No answer may be a 5xx or outside the
 * document. Needs Python 3 the first time, to install Schemathesis (MIT) into a folder of its own; `--seconds 60` bounds the time, `--seed` repeats a run.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { adminPassword, openTestPlatform } from '../tests/e2e/platform.ts';

const version = '4.32.5';
const folder = join(homedir(), '.cache', 'imageflow', `schemathesis-${version}`);
const program = join(folder, process.platform === 'win32' ? 'Scripts/schemathesis.exe' : 'bin/schemathesis');

/** They would end the run's own sign-in, or take its role away. */
const excludedOperations = ['logout', 'changePassword', 'updateUser', 'deleteUser'];
/** A cursor, an ETag or an image made of noise follows the schema and is rightly refused. */
const excludedChecks = ['positive_data_acceptance'];

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: String(Date.now() % 100_000) } },
  });
  install();
  const platform = await openTestPlatform();
  try {
    return run(platform.address, await tokenOf(platform.address), values.seconds, values.seed);
  } finally {
    await platform.close();
  }
}

function install(): void {
  if (existsSync(program)) return;
  const python = process.platform === 'win32' ? 'python' : 'python3';
  const isInstalled =
    spawnSync(python, ['-m', 'venv', folder], { stdio: 'inherit' }).status === 0 &&
    spawnSync(join(program, '..', 'pip'), ['install', '--quiet', `schemathesis==${version}`], { stdio: 'inherit' }).status === 0;
  if (isInstalled) return;
  rmSync(folder, { recursive: true, force: true });
  throw new Error('Schemathesis could not be installed: Python 3 with venv, and a connection to PyPI, are needed');
}

/** Good for 15 minutes. */
async function tokenOf(address: string): Promise<string> {
  const answer = await fetch(`${address}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: adminPassword }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

function run(address: string, token: string, seconds: string, seed: string): number {
  const scratch = mkdtempSync(join(tmpdir(), 'imageflow-fuzz-'));
  const options = [
    `--url=${address}/api/v1`,
    `--header=Authorization: Bearer ${token}`,
    ...excludedOperations.map((id) => `--exclude-operation-id=${id}`),
    `--exclude-checks=${excludedChecks.join(',')}`,
    `--max-time=${seconds}`,
    `--seed=${seed}`,
    '--max-examples=20',
    '--request-timeout=20',
    '--continue-on-failure',
    '--warnings=off',
  ];
  // It keeps a database of examples in the folder it runs in.
  const { status } = spawnSync(program, ['run', `${address}/api/v1/openapi.json`, ...options], { cwd: scratch, stdio: 'inherit' });
  rmSync(scratch, { recursive: true, force: true });
  return status ?? 1;
}

process.exitCode = await main();
