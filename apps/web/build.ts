/** Builds the pages when their sources have changed since the last time, compressed for those who read that. Run by `npm start`. */
import { createHash } from 'node:crypto';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const root = join(import.meta.dirname, '../..');
const dist = join(import.meta.dirname, 'dist');
const stampFile = join(dist, '.built-from');
const sources = [
  'apps/web/{src/**/*,*.ts,index.html,package.json}',
  'apps/backend/package.json',
  'packages/{ui,contract,client,core}/src/**/*.{ts,tsx,css}',
  'samples/defects/predictions.json',
  'package-lock.json',
];
/** Smaller ones fit in one packet anyway. */
const worthBytes = 1000;

/** Returns whether there was something to do. */
export async function buildPages(): Promise<boolean> {
  const stamp = stampOf();
  if (stamp === readStamp()) return false;
  await bundle();
  const files = globSync('assets/**/*.{js,css,svg}', { cwd: dist });
  await Promise.all(files.map((file) => compress(join(dist, file))));
  writeFileSync(stampFile, stamp);
  return true;
}

/** A caller's NODE_ENV is put aside meanwhile: with any other one React's development build would be bundled. */
async function bundle(): Promise<void> {
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = 'production';
  try {
    // Loaded when there is something to build: it takes longer than to look.
    const { build } = await import('vite');
    await build({ configFile: join(import.meta.dirname, 'vite.config.ts'), logLevel: 'warn' });
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
  }
}

function stampOf(): string {
  const hash = createHash('sha256');
  for (const file of globSync(sources, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()) {
    hash.update(file).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function readStamp(): string | undefined {
  try {
    return readFileSync(stampFile, 'utf8');
  } catch {
    return undefined;
  }
}

async function compress(path: string): Promise<void> {
  const bytes = await readFile(path);
  if (bytes.length < worthBytes) return;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  await Promise.all([
    promisify(brotliCompress)(bytes, quality).then((packed) => writeFile(`${path}.br`, packed)),
    promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }).then((packed) => writeFile(`${path}.gz`, packed)),
  ]);
}

if (import.meta.main) {
  const startedAt = performance.now();
  if (await buildPages()) console.log(`Pages built in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
}
