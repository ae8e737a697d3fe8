/** Starts a server by its name, with the settings of the platform that lead to it. */
import { startCamera } from './camera.ts';
import type { ServerName } from './catalogue.ts';
import { type GatewayOptions, startCaddy, startEnvoy } from './gateways.ts';
import { InstallError } from './install.ts';
import { startKafka } from './kafka.ts';
import { freePort } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { startSeaweed } from './seaweed.ts';
import type { Server } from './server.ts';
import { startVersitygw } from './versitygw.ts';

export interface NamedOptions {
  readonly folder: string;
  readonly port: number | undefined;
  /** Of a gateway. */
  readonly configFile: string | undefined;
}

export interface Started {
  readonly server: Server;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
}

/** It goes on when this program ends. @throws InstallError with what to do; Error when it does not start */
export async function startNamed(name: ServerName, { folder, port, configFile }: NamedOptions): Promise<Started> {
  const options = { folder, detached: true, ...(port !== undefined && { port }) };
  switch (name) {
    case 'postgres': {
      const server = await startPostgres(options);
      return { server, port: server.port, env: { IMAGEFLOW_DATABASE_URL: server.url } };
    }
    case 'kafka': {
      const server = await startKafka(options);
      return { server, port: server.port, env: { IMAGEFLOW_BUS_URL: server.url } };
    }
    case 'seaweedfs':
    case 'versitygw': {
      const server = await (name === 'seaweedfs' ? startSeaweed : startVersitygw)(options);
      return { server, port: server.port, env: { IMAGEFLOW_OBJECTS_URL: server.url() } };
    }
    case 'camera': {
      const server = await startCamera(options);
      return { server, port: server.port, env: { CAMERA_URL: server.url } };
    }
    case 'chromium':
      throw new InstallError('chromium is a browser: tests start it themselves');
    case 'judge':
      throw new InstallError('judge is a pair of Python packages: tests ask it themselves');
    case 'envoy':
    case 'caddy': {
      if (configFile === undefined) throw new InstallError(`${name} needs a configuration: --config <file>, and --port ${name}=<its port>`);
      const gateway: GatewayOptions = { ...options, configFile, port: port ?? (await freePort()) };
      return { server: await (name === 'envoy' ? startEnvoy : startCaddy)(gateway), port: gateway.port, env: {} };
    }
  }
}
