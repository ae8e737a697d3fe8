/** The web UI as built by apps/web: one page for every address of it, files that never change under their names, a policy without exceptions. */
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface Pages {
  /** index.html with `noncePlace` where each answer's nonce goes. */
  readonly index: string;
  /** By address, e.g. "/assets/index-Ab3.js". */
  readonly files: ReadonlyMap<string, PageFile>;
}

interface PageFile {
  readonly type: string;
  /** By content coding; "identity" is always there. */
  readonly bodies: ReadonlyMap<string, Buffer>;
}

const noncePlace = '%NONCE%';

/** First segments of the pages' addresses; what is below them is the page's own. */
const sections = [
  'login',
  'pipelines',
  'runs',
  'cameras',
  'inspect',
  'review',
  'masters',
  'records',
  'quality',
  'models',
  'admin',
  'help',
  'about',
];

const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  webp: 'image/webp',
  woff2: 'font/woff2',
};
const codings = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const;

/** Reads the whole build, a few megabytes, once. Returns undefined when there is none. */
export async function loadPages(folder: string): Promise<Pages | undefined> {
  const index = await readFile(join(folder, 'index.html'), 'utf8').catch(ignoreMissing);
  if (index === undefined) return undefined;
  const names = await readdir(join(folder, 'assets'), { recursive: true, withFileTypes: true });
  const paths = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const known = new Set(paths);
  const originals = paths.filter((path) => types[extensionOf(path)] !== undefined);
  const files = await Promise.all(
    originals.map(async (path) => [`/${relative(folder, path).split(sep).join('/')}`, await loadFile(path, known)] as const),
  );
  return { index, files: new Map(files) };
}

export function registerPages(app: FastifyInstance, pages: Pages): void {
  const sendPage = (_request: FastifyRequest, reply: FastifyReply) => {
    const nonce = randomBytes(16).toString('base64');
    reply.headers({ 'content-security-policy': policyWith(nonce), 'cache-control': 'no-store' });
    return reply.type('text/html; charset=utf-8').send(pages.index.replaceAll(noncePlace, nonce));
  };
  app.get('/', sendPage);
  for (const section of sections) {
    app.get(`/${section}`, sendPage);
    app.get(`/${section}/*`, sendPage);
  }
  for (const [path, file] of pages.files) app.get(path, (request, reply) => sendFile(file, request, reply));
}

function sendFile(file: PageFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const accepted = String(request.headers['accept-encoding'] ?? '');
  const coding = codings.find(
    ({ name }) => file.bodies.has(name) && new RegExp(`\\b${name}\\b(?!;\\s*q=0(?:\\.0*)?(?:,|$))`).test(accepted),
  );
  if (coding !== undefined) reply.header('content-encoding', coding.name);
  // The name has the content's hash.
  reply.headers({ 'cache-control': 'public, max-age=31536000, immutable', vary: 'accept-encoding' });
  return reply.type(file.type).send(file.bodies.get(coding?.name ?? 'identity'));
}

async function loadFile(path: string, known: ReadonlySet<string>): Promise<PageFile> {
  const kept = codings.filter(({ suffix }) => known.has(path + suffix));
  const bodies = await Promise.all(kept.map(async ({ name, suffix }) => [name, await readFile(path + suffix)] as const));
  return { type: types[extensionOf(path)] ?? '', bodies: new Map([['identity', await readFile(path)], ...bodies]) };
}

/** Styles that scripts add carry the nonce; code from texts and everything from elsewhere is refused. */
function policyWith(nonce: string): string {
  return [
    "default-src 'self'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
  ].join('; ');
}

function extensionOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
