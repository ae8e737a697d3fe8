/** SeaweedFS for tests, when its program is on the path: a folder of its own, free ports of the loopback. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface TestS3 {
  /** Address of a bucket on it. */
  url(bucket: string): string;
  remove(): Promise<void>;
}

const identity = {
  name: 'test',
  credentials: [{ accessKey: 'testaccess', secretKey: 'test/secret' }],
  actions: ['Admin', 'Read', 'Write', 'List'],
};

/** Undefined where it is not installed. */
export async function openTestS3(): Promise<TestS3 | undefined> {
  if (!isInstalled()) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'imageflow-s3-'));
  writeFileSync(join(folder, 's3.json'), JSON.stringify({ identities: [identity] }));
  const [master, volume, filer, s3] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const options = [
    ['dir', folder],
    ['ip', '127.0.0.1'],
    ['ip.bind', '127.0.0.1'],
    ['master.port', master],
    // Their gRPC ports would be these plus 10,000, which can be too large a number.
    ['master.port.grpc', await freePort()],
    ['volume.port', volume],
    ['volume.port.grpc', await freePort()],
    ['filer.port', filer],
    ['filer.port.grpc', await freePort()],
    ['s3.port', s3],
    ['s3.port.grpc', await freePort()],
    ['s3.port.iceberg', 0],
    ['s3.port.lance', 0],
    ['s3.config', join(folder, 's3.json')],
    ['master.volumeSizeLimitMB', 64],
    ['volume.max', 20],
    ['volume.preStopSeconds', 0],
    ['master.telemetry', false],
  ].map(([name, value]) => `-${name}=${value}`);
  const server = spawn('weed', ['server', '-filer', '-s3', ...options], { stdio: 'ignore', cwd: folder });
  await untilReady(`http://127.0.0.1:${s3}/healthz`, server);
  return {
    url: (bucket) => `s3://testaccess:test%2Fsecret@${bucket}?endpoint=http://127.0.0.1:${s3}`,
    async remove() {
      const ended = once(server, 'exit');
      // Stopping in order takes it 20 s.
      server.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isInstalled(): boolean {
  try {
    execFileSync('weed', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 400 && server.exitCode === null; attempt += 1) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.status === 200) return;
    await delay(50);
  }
  throw new Error('SeaweedFS did not start');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
