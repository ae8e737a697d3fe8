import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openObjects } from '../index.ts';
import { describeObjectStore } from '../objects.contract.ts';

const root = mkdtempSync(join(tmpdir(), 'imageflow-objects-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describeObjectStore('folder', async () => ({ open: () => openObjects(`folder:${join(root, 'contract')}`) }));

const options = { contentType: 'image/png', maxBytes: 1e9, durable: false };

describe('folder', () => {
  it('gives a path that can be read directly, and none for what is not there', async () => {
    const store = await openObjects(`folder:${join(root, 'paths')}`);
    await store.put('a/b.ppm', Buffer.from('P6'), options);
    expect(await readFile(store.localPath('a/b.ppm') ?? '', 'utf8')).toBe('P6');
    expect(store.localPath('a/c.ppm')).toBeUndefined();
  });

  it('needs no second file for the type of an image, and keeps any other', async () => {
    const store = await openObjects(`folder:${join(root, 'kinds')}`);
    const png = Buffer.from('89504e470d0a1a0a0000', 'hex');
    await store.put('uploads/1', png, options);
    expect(readdirSync(join(root, 'kinds', '.types', 'imageflow'))).toEqual([]);
    expect(await store.head('uploads/1')).toMatchObject({ contentType: 'image/png' });
    await store.put('uploads/1', png, { ...options, contentType: 'text/plain' });
    expect(await store.head('uploads/1')).toMatchObject({ contentType: 'text/plain' });
    await store.put('uploads/1', Buffer.alloc(0), { ...options, contentType: 'application/octet-stream' });
    expect(await store.head('uploads/1')).toMatchObject({ contentType: 'application/octet-stream' });
  });

  it('refuses an address that is not an absolute path', async () => {
    await expect(openObjects('folder:relative')).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    await expect(openObjects('ftp://x')).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  });

  it('says STORE_UNAVAILABLE when its folder is gone', async () => {
    const store = await openObjects(`folder:${join(root, 'gone')}`);
    rmSync(join(root, 'gone'), { recursive: true });
    await expect(store.check()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    await expect(store.put('a', Buffer.from('x'), options)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('leaves no object of a writer that was killed, and clears its rest at the next opening', async () => {
    const folder = join(root, 'killed');
    const living = await openObjects(`folder:${folder}`);
    const program = `
      import { openObjects } from ${JSON.stringify(join(import.meta.dirname, '../index.ts'))};
      const store = await openObjects(${JSON.stringify(`folder:${folder}`)});
      async function* body() { for (;;) { yield Buffer.alloc(65536, 1); process.stdout.write('.'); await new Promise((go) => setTimeout(go, 1)); } }
      await store.put('uploads/half', body(), { contentType: 'image/png', maxBytes: 1e12, durable: true });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    expect(readdirSync(join(folder, '.new'))).toHaveLength(1);
    await openObjects(`folder:${folder}`);
    expect(readdirSync(join(folder, '.new')), 'of a living writer').toHaveLength(1);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const store = await openObjects(`folder:${folder}`);
    expect(readdirSync(join(folder, '.new'))).toEqual([]);
    expect(await store.head('uploads/half')).toBeUndefined();
    expect(await living.head('uploads/half')).toBeUndefined();
  });

  it('clears what an earlier process of the same id has left, as in a container', async () => {
    const folder = join(root, 'container');
    await openObjects(`folder:${folder}`);
    const rest = join(folder, '.new', `${process.pid}-old`);
    writeFileSync(rest, 'half');
    execFileSync('touch', ['-d', '2020-01-01', rest]);
    await openObjects(`folder:${folder}`);
    expect(existsSync(rest)).toBe(false);
  });
});

describe('a full disk', () => {
  const mount = join(root, 'full');
  const canMount = process.getuid?.() === 0 && mountSmall(mount);
  afterAll(() => {
    if (canMount) execFileSync('umount', [mount]);
  });

  it.skipIf(!canMount)('is STORE_FULL, leaves nothing behind, and the store goes on', async () => {
    const store = await openObjects(`folder:${mount}`);
    const big = async function* (): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < 64; index += 1) yield Buffer.alloc(65_536, index);
    };
    await expect(store.put('big', big(), options)).rejects.toMatchObject({ code: 'STORE_FULL', status: 507, retryable: true });
    await expect(store.put('big', Buffer.alloc(4_000_000), options)).rejects.toMatchObject({ code: 'STORE_FULL' });
    expect(await store.head('big')).toBeUndefined();
    await store.put('small', Buffer.alloc(500_000), options);
    expect(await store.head('small')).toMatchObject({ sizeBytes: 500_000 });
  });
});

/** Needs root and Linux; where that is missing the test is shown as skipped. */
function mountSmall(path: string): boolean {
  try {
    execFileSync('mkdir', ['-p', path]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
