/** Real gateways with the project's own configurations, on free ports of the loopback, with a certificate made for them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findEnvoy } from '../../scripts/servers/gateways.ts';
import { freePorts, type Server, startCaddy } from '../../scripts/servers/index.ts';
import { scratchRoot } from '../../scripts/servers/places.ts';
import { runServer } from '../../scripts/servers/server.ts';

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

export async function startGateway(kind: GatewayKind, targets: Targets, settings: Readonly<Record<string, string>> = {}): Promise<Gateway> {
  const folder = mkdtempSync(join(scratchRoot(), `imageflow-${kind}-`));
  const certificate = makeCertificate(folder, 'localhost');
  const [port = 0, plainPort = 0, statusPort = 0, adminPort = 0] = await freePorts(4);
  const named = Object.entries(targets).map(([name, value]) => [`IMAGEFLOW_GATEWAY_${name}`, value] as const);
  const common = {
    ...Object.fromEntries(named),
    IMAGEFLOW_GATEWAY_ADDRESS: '127.0.0.1',
    IMAGEFLOW_GATEWAY_PORT: String(port),
    IMAGEFLOW_GATEWAY_PUBLIC_PORT: String(port),
    IMAGEFLOW_GATEWAY_HTTP_PORT: String(plainPort),
  };
  const server =
    kind === 'envoy'
      ? await startByScript(folder, statusPort, { ...common, ...envoySettings(certificate, statusPort, adminPort), ...settings })
      : await startCaddy({
          configFile: join(deploy, 'caddy/Caddyfile'),
          folder,
          port,
          env: { ...common, IMAGEFLOW_GATEWAY_TLS: `${certificate.certificate} ${certificate.key}`, ...settings },
        });
  const end = server.remove.bind(server);
  return Object.assign(server, {
    remove: async () => {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
    authority: `localhost:${port}`,
    address: `https://localhost:${port}`,
    plainAddress: `http://127.0.0.1:${plainPort}`,
    statusAddress: `http://127.0.0.1:${statusPort}`,
    certificate,
  });
}

function startByScript(folder: string, statusPort: number, env: Readonly<Record<string, string>>): Promise<Server> {
  const plan = {
    name: 'Envoy',
    folder,
    command: ['bash', join(deploy, 'envoy/start.sh')],
    env: { ...env, TMPDIR: folder },
    isReady: () => isReady(statusPort),
    readyMs: 30_000,
    stopSignal: 'SIGTERM',
    stopMs: 60_000,
  } as const;
  return runServer(plan, {});
}

function envoySettings({ certificate, key }: CertificateFiles, statusPort: number, adminPort: number) {
  return {
    IMAGEFLOW_GATEWAY_ENVOY: findEnvoy() ?? 'envoy',
    IMAGEFLOW_GATEWAY_CERTIFICATE: certificate,
    IMAGEFLOW_GATEWAY_KEY: key,
    IMAGEFLOW_GATEWAY_STATUS_PORT: String(statusPort),
    IMAGEFLOW_GATEWAY_ADMIN_PORT: String(adminPort),
  };
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
