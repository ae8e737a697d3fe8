// What has to work before anything is installed, on any Node that npm still runs on: plain JavaScript, no dependency, no shell.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { hasLockedPackages, readStamp, stampFile, wantedStamp } from './installed.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const neededMajor = 24;
const modules = join(root, 'node_modules');

/** Installs the locked dependencies when they are missing or not those of the lock file. Ends the process with advice when that fails. */
export function ensureInstalled() {
  const wanted = wantedStamp(root);
  if (readStamp(root) === wanted) return;
  // Someone may have called npm directly.
  if (!hasLockedPackages(root)) install();
  writeFileSync(stampFile(root), wanted);
}

function install() {
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
  console.log(`Dependencies installed in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
}

/** Runs a program of the project under Node 24 or newer: in this process when it is one, else in a child. */
export function runUnderNode24(script, args) {
  const node = findNode24() ?? stopWith(adviceOnNode());
  keepCompiled();
  process.env.PATH = `${join(modules, '.bin')}${delimiter}${process.env.PATH ?? ''}`;
  if (node !== process.execPath) return runAsChild(node, script, args);
  process.argv = [node, script, ...args];
  return import(pathToFileURL(script).href);
}

/**
 * Node keeps what it has compiled for the next start, of this program and of those that it starts: without it a warm start takes a second
 * longer (2 cores, November 2026). Among the dependencies, because whoever may write there may change the programs anyway, and a new
 * installation starts anew.
 */
function keepCompiled() {
  process.env.NODE_COMPILE_CACHE ??= join(modules, '.cache', 'compiled');
  // The variable alone is for new processes.
  nodeModule.enableCompileCache?.();
}

/** Ends with the child's exit code. */
export function runAsChild(node, script, args) {
  const child = spawn(node, [script, ...args], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; this one waits until the other has stopped cleanly.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => stopWith(`${node} cannot be started: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
}

/** This Node when it is new enough, else the one that came with the dependencies, if there is one for this machine. */
export function findNode24(version = process.versions.node, folder = modules) {
  if (isNewEnough(version)) return process.execPath;
  const shipped = join(folder, `node-${process.platform}-${process.arch}`, 'bin', 'node');
  // A libc that is too old, or another one, shows only when it is started.
  return existsSync(shipped) && spawnSync(shipped, ['--version']).status === 0 ? shipped : undefined;
}

export function isNewEnough(version) {
  return Number(version.split('.')[0]) >= neededMajor;
}

export function adviceOnNode(version = process.versions.node) {
  return (
    `This is Node ${version}; ImageFlowCanvas needs Node ${neededMajor} or newer, and npm has none for ${process.platform} ${process.arch} ` +
    'that runs here.\nInstall it from https://nodejs.org and run the command again.'
  );
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
