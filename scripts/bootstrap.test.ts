/** The start of everything, as a fresh clone meets it: a folder with a lock file and nothing installed. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

interface Bootstrap {
  isNewEnough(version: string): boolean;
  findNode24(version: string, modules: string): string | undefined;
  adviceOnNode(version: string): string;
}

let clone: string;
let bootstrap: Bootstrap;

beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), 'imageflow-clone-'));
  await mkdir(join(clone, 'scripts'));
  for (const name of ['bootstrap.mjs', 'installed.mjs', 'with-node24.mjs']) {
    await cp(join(import.meta.dirname, name), join(clone, 'scripts', name));
  }
  await mkdir(join(clone, 'part'));
  await writeFile(join(clone, 'part/package.json'), JSON.stringify({ name: 'part', version: '1.0.0' }));
  await lock('1.0.0');
  await writeFile(join(clone, 'scripts/hello.mjs'), "console.log('hello', String(process.argv.slice(2)), 'on', process.versions.node);");
  // What an old Node does.
  const child = "import { runAsChild } from './bootstrap.mjs'; runAsChild(process.execPath, process.argv[2], []);";
  await writeFile(join(clone, 'scripts/child.mjs'), child);
  bootstrap = await import(join(import.meta.dirname, 'bootstrap.mjs'));
});
afterAll(() => rm(clone, { recursive: true, force: true }));

/** A project with one dependency that needs no network: a folder of its own. */
async function lock(version: string): Promise<void> {
  const project = { name: 'clone', version, dependencies: { part: 'file:part' } };
  await writeFile(join(clone, 'package.json'), JSON.stringify(project));
  const packages = { '': project, part: { version: '1.0.0' }, 'node_modules/part': { resolved: 'part', link: true } };
  await writeFile(join(clone, 'package-lock.json'), JSON.stringify({ name: 'clone', version, lockfileVersion: 3, packages }));
}

interface Outcome {
  readonly code: number;
  readonly output: string;
}

function start(script: string, ...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    // As in a user's shell: these tests themselves are started by the same program.
    const env = { ...process.env, NODE_COMPILE_CACHE: undefined };
    execFile(process.execPath, [join(clone, 'scripts/with-node24.mjs'), script, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
    });
  });
}

describe('a start', () => {
  test('installs once, says so, and hands its arguments on', async () => {
    const first = await start('scripts/hello.mjs', 'a', 'b c');
    expect(first.output).toMatch(/^Installing dependencies/);
    expect(first.output).toContain('hello a,b c on ');
    const second = await start('scripts/hello.mjs');
    expect(second.output).toMatch(/^hello/);
  });

  test('installs again when the lock file asks for something else, and not when only its text changed', async () => {
    await lock('1.0.1');
    expect((await start('scripts/hello.mjs')).output).toMatch(/^hello/);
    const text = await readFile(join(clone, 'package-lock.json'), 'utf8');
    const changed = JSON.parse(text);
    changed.packages['node_modules/part'] = { version: '9.9.9', resolved: 'file:nowhere.tgz' };
    changed.packages[''].dependencies.part = '9.9.9';
    await writeFile(join(clone, 'package-lock.json'), JSON.stringify(changed));
    const { code, output } = await start('scripts/hello.mjs');
    expect(output).toMatch(/^Dependencies have changed/);
    expect(output).toContain('npm ci did not succeed');
    expect(code).toBe(1);
    await writeFile(join(clone, 'package-lock.json'), text);
    expect((await start('scripts/hello.mjs')).code).toBe(0);
  });

  test('keeps what Node compiled for the next start', async () => {
    const program = "import { getCompileCacheDir } from 'node:module'; console.log(getCompileCacheDir(), process.env.NODE_COMPILE_CACHE);";
    await writeFile(join(clone, 'scripts/compiled.mjs'), program);
    const folder = join(clone, 'node_modules/.cache/compiled');
    const { output } = await start('scripts/compiled.mjs');
    expect(output.startsWith(folder)).toBe(true);
    expect(output.trim().endsWith(` ${folder}`)).toBe(true);
    expect((await readdir(folder, { recursive: true })).length).toBeGreaterThan(1);
    expect((await start('scripts/child.mjs', join(clone, 'scripts/compiled.mjs'))).output).toContain(folder);
  });

  test('ends with the exit code of what it started', async () => {
    await writeFile(join(clone, 'scripts/three.mjs'), 'process.exit(3);');
    expect((await start('scripts/three.mjs')).code).toBe(3);
    expect((await start('scripts/child.mjs', join(clone, 'scripts/three.mjs'))).code).toBe(3);
  });

  test.skipIf(process.platform === 'win32')('waits on Ctrl-C until another Node it started has stopped cleanly', async () => {
    await writeFile(
      join(clone, 'scripts/slow.mjs'),
      "process.on('SIGINT', () => { console.log('bye'); process.exit(0); }); console.log('up'); setInterval(() => 0, 1000);",
    );
    const args = [join(clone, 'scripts/child.mjs'), join(clone, 'scripts/slow.mjs')];
    const wrapper = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    for await (const chunk of wrapper.stdout) {
      output += String(chunk);
      // A terminal sends it to the whole group.
      if (output === 'up\n') process.kill(-Number(wrapper.pid), 'SIGINT');
    }
    if (wrapper.exitCode === null) await once(wrapper, 'exit');
    expect(output).toBe('up\nbye\n');
    expect(wrapper.exitCode).toBe(0);
  });
});

describe('the Node that is used', () => {
  test.each([
    ['24.0.0', true],
    ['25.1.0', true],
    ['110.0.0', true],
    ['23.11.1', false],
    ['18.20.4', false],
  ])('%s is new enough: %s', (version, isEnough) => {
    expect(bootstrap.isNewEnough(version)).toBe(isEnough);
  });

  test('is this one when it is new enough', () => {
    expect(bootstrap.findNode24('24.3.0', '/nowhere')).toBe(process.execPath);
  });

  test.skipIf(process.platform === 'win32')('is the one that came with the dependencies when that starts here', async () => {
    const bin = join(clone, 'shipped', `node-${process.platform}-${process.arch}`, 'bin');
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, 'node'), '#!/bin/sh\nexit 0\n');
    await chmod(join(bin, 'node'), 0o755);
    expect(bootstrap.findNode24('20.1.0', join(clone, 'shipped'))).toBe(join(bin, 'node'));
    await writeFile(join(bin, 'node'), '#!/bin/sh\nexit 127\n');
    expect(bootstrap.findNode24('20.1.0', join(clone, 'shipped'))).toBeUndefined();
  });

  test('is asked for in words when there is none', () => {
    expect(bootstrap.findNode24('20.1.0', '/nowhere')).toBeUndefined();
    expect(bootstrap.adviceOnNode('20.1.0')).toContain('Install it from https://nodejs.org');
  });
});
