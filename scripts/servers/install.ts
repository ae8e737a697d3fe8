/** How the programs of servers come onto this machine: from the system's packages as root, else into a folder of this user. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './places.ts';

/** Told to the user as it is. */
export class InstallError extends Error {}

/** Makes the folder of one version, once and whole: programs that do it at the same time, and one that is killed meanwhile, do no harm. */
export function fillCache(name: string, version: string, fill: (folder: string) => void): string {
  const folder = cacheFolder(name, version);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${randomUUID()}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    fill(unfinished);
    moveInto(unfinished, folder);
    return folder;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function moveInto(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/** A package of PyPI, in an environment of its own. pip checks what it downloads against the index's hashes. */
export function pipInstall(folder: string, requirement: string): void {
  if (!hasProgram('python3') || run('python3', ['-m', 'venv', folder]) !== 0) {
    aptInstall(['python3', 'python3-venv']);
    mustRun('python3', ['-m', 'venv', folder], 'Python 3 with venv is needed');
  }
  const options = ['install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:', requirement];
  mustRun(join(folder, 'bin', 'pip'), options, `${requirement} could not be installed: a connection to PyPI is needed`);
}

/** The programs of a Java project and all they need; Maven checks what it downloads. */
export function mavenCopy(folder: string, dependencies: readonly string[]): void {
  if (!hasProgram('mvn')) aptInstall(['maven']);
  const items = dependencies.map((each) => {
    const [group, artifact, version] = each.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  const head = '<modelVersion>4.0.0</modelVersion><groupId>imageflow</groupId><artifactId>server</artifactId><version>1</version>';
  const project = `<project xmlns="http://maven.apache.org/POM/4.0.0">${head}<packaging>pom</packaging><dependencies>${items.join('')}</dependencies></project>`;
  const pom = join(folder, 'pom.xml');
  writeFileSync(pom, project);
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(folder, 'libs')}`];
  mustRun(
    'mvn',
    ['-q', '-B', '-C', '-f', pom, ...goal],
    `${dependencies[0]} could not be installed: a connection to Maven Central is needed`,
  );
}

/** A program in Go, built here; the module's checksum is in Go's own database. */
export function goInstall(folder: string, module: string): void {
  if (!hasProgram('go')) throw new InstallError(`${module} is built with Go, which is not installed: see https://go.dev/doc/install`);
  const env = { GOBIN: join(folder, 'bin'), GOFLAGS: '-trimpath' };
  mustRun('go', ['install', module], `${module} could not be built`, env);
}

let isListFresh = false;

/** Packages of Debian and its descendants. */
export function aptInstall(packages: readonly string[]): void {
  const line = `apt-get update && apt-get install -y ${packages.join(' ')}`;
  if (!hasProgram('apt-get')) throw new InstallError(`Install these with this system's own means: ${packages.join(', ')}`);
  if (process.getuid?.() !== 0) throw new InstallError(`These need to be installed as root: sudo sh -c '${line}'`);
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-qq'];
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // Its list may be old enough to name files that are gone; a mirror that fails is told by the installation.
  if (!isListFresh) run('apt-get', [...options, 'update'], env);
  isListFresh = true;
  mustRun('apt-get', [...options, 'install', '-y', '--no-install-recommends', ...packages], `This did not succeed: ${line}`, env);
}

export function hasProgram(name: string): boolean {
  return findProgram(name) !== undefined;
}

export function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Of the folders below one, the one with the highest number as its name. */
export function newestBelow(folder: string): string | undefined {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^\d+(\.\d+)*$/.test(name)) : [];
  const [newest] = names.sort((a, b) => Number(b) - Number(a));
  return newest === undefined ? undefined : join(folder, newest);
}

function mustRun(program: string, args: readonly string[], message: string, env: Readonly<Record<string, string>> = {}): void {
  const status = run(program, args, env);
  if (status !== 0) throw new InstallError(`${message} (${program} ended with ${status})`);
}

/** What it says goes to the user, on the error channel: the other one carries the addresses of servers. */
function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): number {
  return spawnSync(program, args, { stdio: ['ignore', 2, 2], env: { ...process.env, ...env } }).status ?? 1;
}
