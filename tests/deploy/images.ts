/** Images without a container engine: the files a Dockerfile copies and the npm command it runs, carried out in a folder; then what it starts. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob, resolve } from 'node:path';

export const root = join(import.meta.dirname, '../..');
const dockerFolder = join(root, 'deploy/docker');

export interface Instruction {
  readonly name: string;
  readonly text: string;
}

export const dockerfiles: readonly string[] = globSync('*.Dockerfile', { cwd: dockerFolder }).toSorted();

/** With continued lines joined; comments and empty lines are left out. */
export function parseDockerfile(name: string): readonly Instruction[] {
  const text = readFileSync(join(dockerFolder, name), 'utf8').replace(/^\s*#.*$/gm, '');
  const lines = text.replace(/\\\n\s*/g, ' ').split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [word = '', ...rest] = line.trim().split(/\s+/);
      return { name: word.toUpperCase(), text: rest.join(' ') };
    });
}

/** What is copied from the project, each to where; copies from another stage are left out. */
export function copiesOf(name: string): readonly { readonly sources: readonly string[]; readonly target: string }[] {
  return parseDockerfile(name)
    .filter((instruction) => instruction.name === 'COPY' && !instruction.text.startsWith('--from='))
    .map(({ text }) => {
      const words = text.split(' ');
      return { sources: words.slice(0, -1), target: words.at(-1) ?? '' };
    });
}

/** The command of a container, in the form that needs no shell. */
export function startCommandOf(name: string): readonly string[] {
  const last = (wanted: string) => parseDockerfile(name).findLast((instruction) => instruction.name === wanted)?.text ?? '[]';
  return [...(JSON.parse(last('ENTRYPOINT')) as string[]), ...(JSON.parse(last('CMD')) as string[])];
}

/** Files that git knows and .dockerignore lets through, as they are now. */
export function filesBelow(source: string): readonly string[] {
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const known = execFileSync('git', ['ls-files', '--', source], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 }).split('\n');
  const isIgnored = (file: string) => ignored.some((pattern) => matchesGlob(file, pattern) || matchesGlob(file, `${pattern}/**`));
  return known.filter((file) => file !== '' && !isIgnored(file));
}

/** Carries out the build stage in a folder: its files, then its npm command as it stands there. */
export function buildInto(folder: string, name: string): void {
  for (const { sources, target } of copiesOf(name)) {
    for (const source of sources)
      for (const file of filesBelow(source)) copyFile(file, join(folder, targetOf(file, source, target, sources.length)));
  }
  const install = parseDockerfile(name).find(({ name: word, text }) => word === 'RUN' && text.startsWith('npm ci'));
  if (install === undefined) return;
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', npm_config_loglevel: 'error' };
  const { status } = spawnSync('sh', ['-c', install.text], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], env });
  if (status !== 0) throw new Error(`${name}: "${install.text}" ended with ${status}`);
}

/** As COPY does it: a folder's content goes into the target, a file into a target that ends in "/". */
function targetOf(file: string, source: string, target: string, sources: number): string {
  const rest = file === source ? '' : file.slice(source.length + 1);
  if (rest !== '') return join(target, rest);
  return target.endsWith('/') || sources > 1 || target === '.' ? join(target, file.split('/').at(-1) ?? '') : target;
}

function copyFile(file: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join(root, file), resolve(target));
}
