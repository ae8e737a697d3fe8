// What has to work before anything is installed, on any Node that npm still runs on: plain JavaScript, no dependency, no shell.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const neededMajor = 24;
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.imageflow-installed');

/** Installs the locked dependencies when they are missing or not those of the lock file. Ends the process with advice when that fails. */
export function ensureInstalled() {
  const wanted = wantedStamp();
  if (readStamp() === wanted) return;
  console.log(
    existsSync(modules) ? 'Dependencies have changed; installing them again…' : 'Installing dependencies (once, about a minute)…',
  );
  const startedAt = Date.now();
  const [command, args] = npmCommand();
  const { status, error } = spawnSync(command, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) {
    stopWith(
      `npm ci did not succeed${error ? ` (${error.message})` : ''}.\n` +
        'It needs a connection to the npm registry and write access to this folder. Run `npm ci` here to see all of its messages.',
    );
  }
  writeFileSync(stampFile, wanted);
  console.log(`Dependencies installed in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
}

/** Runs a program of the project under Node 24 or newer and ends with its exit code. */
export function runUnderNode24(script, args) {
  const node = findNode24();
  const env = { ...process.env, PATH: `${join(modules, '.bin')}${delimiter}${process.env.PATH ?? ''}` };
  const child = spawn(node, [script, ...args], { stdio: 'inherit', env });
  // A terminal sends Ctrl-C to both; this one waits until the other has stopped cleanly.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => stopWith(`${node} cannot be started: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

/** This Node when it is new enough, else the one that came with the dependencies. */
export function findNode24() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const shipped = join(modules, `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(shipped) && spawnSync(shipped, ['--version']).status === 0) return shipped;
  return stopWith(
    `This is Node ${process.versions.node}; ImageFlowCanvas needs Node ${neededMajor} or newer, and there is none to install from npm for ` +
      `${process.platform} ${process.arch}.\nInstall it from https://nodejs.org and run the command again.`,
  );
}

export function isNewEnough(version) {
  return Number(version.split('.')[0]) >= neededMajor;
}

/** Changes when the locked dependencies do, or when the folder moved to another kind of machine. */
export function wantedStamp(lockFile = join(root, 'package-lock.json')) {
  const lock = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  return `${process.platform} ${process.arch} ${lock}\n`;
}

function readStamp() {
  return existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : undefined;
}

/** npm as a program of Node: on Windows its launcher is a script that only a shell can start. */
function npmCommand() {
  const binFolder = dirname(process.execPath);
  const places = [
    process.env.npm_execpath,
    join(binFolder, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(binFolder, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const program = places.find((place) => place !== undefined && /npm-cli\.c?js$/.test(place) && existsSync(place));
  return program === undefined ? ['npm', []] : [process.execPath, [program]];
}

function stopWith(message) {
  console.error(`\n${message}`);
  process.exit(1);
}
