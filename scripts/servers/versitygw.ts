/** versitygw, an S3 server on a folder: the second opinion on what every S3 understands. Built with Go where there is one. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillCache, findProgram, goInstall, InstallError } from './install.ts';
import { cacheFolder, scratchRoot } from './places.ts';
import { freePort } from './ports.ts';
import { newKeys, type S3Keys, type S3Options, type S3Server, s3Url } from './s3.ts';
import { runServer } from './server.ts';

const version = '1.8.0';

export function findVersitygw(): string | undefined {
  const program = join(cacheFolder('versitygw', version), 'bin', 'versitygw');
  return existsSync(program) ? program : findProgram('versitygw');
}

/** Takes about two minutes. */
export function installVersitygw(): void {
  if (findVersitygw() !== undefined) return;
  fillCache('versitygw', version, (folder) => goInstall(folder, `github.com/versity/versitygw/cmd/versitygw@v${version}`));
}

/** @throws Error when it is not installed, or does not start within 30 s */
export async function startVersitygw(options: S3Options = {}): Promise<S3Server> {
  const program = findVersitygw();
  if (program === undefined) throw new InstallError('versitygw is not installed: npm run servers -- install versitygw');
  const folder = options.folder ?? mkdtempSync(join(scratchRoot(), 'imageflow-versitygw-'));
  const [data, meta] = ['data', 'meta'].map((name) => join(folder, name));
  for (const each of [data, meta]) mkdirSync(each ?? folder, { recursive: true });
  const keys = keysOf(folder);
  const port = options.port ?? (await freePort());
  const server = await runServer(
    {
      name: 'versitygw',
      folder,
      command: [program, '--port', `127.0.0.1:${port}`, '--health', '/healthz', 'posix', '--sidecar', meta ?? '', data ?? ''],
      env: { ROOT_ACCESS_KEY: keys.accessKey, ROOT_SECRET_KEY: keys.secretKey },
      isReady: async () => (await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined))?.status === 200,
      readyMs: 30_000,
      stopSignal: 'SIGTERM',
      stopMs: 10_000,
    },
    options,
  );
  return Object.assign(server, { port, url: (bucket = 'imageflow') => s3Url(keys, bucket, port) });
}

/** Made once. */
function keysOf(folder: string): S3Keys {
  const file = join(folder, 'keys.json');
  if (!existsSync(file)) writeFileSync(file, JSON.stringify(newKeys()), { mode: 0o600 });
  return JSON.parse(readFileSync(file, 'utf8')) as S3Keys;
}
