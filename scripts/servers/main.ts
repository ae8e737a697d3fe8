/** `npm run servers -- install|start|stop|status [names…]`: real servers on the loopback. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { catalogue, isServerName, type ServerName, serverNames } from './catalogue.ts';
import { findEngine, isContained, startContainers, stopContainers } from './containers.ts';
import { InstallError } from './install.ts';
import { stateFolder } from './places.ts';
import { endProcess, startTimeOf } from './processes.ts';
import { isRunning, openState, readRecords, writeRecord } from './records.ts';
import { startNamed } from './start.ts';

const usage = `npm run servers -- <command> [names…]
  install   programs of the servers, into ~/.cache/imageflow or, as root, from the system's packages
  start     those not running yet, and prints the settings that lead to them: eval "$(npm run -s servers -- start)"
  stop      those that run; their data stays
  status    which run, and where

Servers: ${serverNames.join(', ')}. Without names: install all but versitygw (built with Go), start postgres, seaweedfs and kafka.
  --data <folder>      where their data is (else a temporary folder)
  --port <name>=<n>    instead of a free one; may be given several times
  --config <file>      of envoy or caddy
  --json               settings and status as JSON`;

interface Options {
  readonly folder: string;
  readonly ports: Partial<Record<ServerName, number>>;
  readonly configFile: string | undefined;
  readonly isJson: boolean;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      port: { type: 'string', multiple: true, default: [] },
      config: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [command, ...words] = positionals;
  if (command === undefined || values.help === true) return void console.log(usage);
  const options: Options = {
    folder: resolve(values.data ?? stateFolder()),
    ports: Object.assign({}, ...values.port.map(parsePort)),
    configFile: values.config,
    isJson: values.json,
  };
  const names = words.map(parseName);
  switch (command) {
    case 'install':
      return installAll(names.length > 0 ? names : serverNames.filter((name) => !('isOptional' in catalogue[name])));
    case 'start':
      return start(names.length > 0 ? names : ['postgres', 'seaweedfs', 'kafka'], options);
    case 'stop':
      return stop(names.length > 0 ? names : serverNames, options);
    case 'status':
      return showStatus(names.length > 0 ? names : serverNames, options);
    default:
      throw new InstallError(`There is no command "${command}".\n${usage}`);
  }
}

function parseName(text: string): ServerName {
  if (isServerName(text)) return text;
  throw new InstallError(`There is no server "${text}". There are: ${serverNames.join(', ')}`);
}

function parsePort(text: string): Partial<Record<ServerName, number>> {
  const [name = '', port] = text.split('=');
  const number = Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) throw new InstallError(`--port ${text}: give it as <name>=<number>`);
  return { [parseName(name)]: number };
}

/** Goes through all of them, then tells of those that failed. */
function installAll(names: readonly ServerName[]): void {
  const faults = names.flatMap((name) => installOne(name));
  if (faults.length > 0) throw new InstallError(faults.join('\n'));
}

function installOne(name: ServerName): readonly string[] {
  const { title, isInstalled, install } = catalogue[name];
  const startedAt = Date.now();
  try {
    const wasThere = isInstalled();
    install();
    if (!isInstalled()) throw new InstallError('it was installed and is still not found');
    console.error(`${title}: ${wasThere ? 'is here' : `installed in ${((Date.now() - startedAt) / 1000).toFixed(0)} s`}`);
    return [];
  } catch (error) {
    if (error instanceof InstallError) return [`${title}: ${error.message}`];
    throw error;
  }
}

async function start(names: readonly ServerName[], options: Options): Promise<void> {
  openState(options.folder);
  const env: Record<string, string> = {};
  const missing: ServerName[] = [];
  for (const name of names) {
    const record = readRecords(options.folder)[name];
    if (isRunning(record)) Object.assign(env, record.env);
    else if (!catalogue[name].isInstalled() && installOne(name).length > 0) missing.push(name);
    else Object.assign(env, await startOne(name, options));
  }
  Object.assign(env, await startMissing(missing, options));
  if (options.isJson) console.log(JSON.stringify(env, null, 2));
  else for (const [key, value] of Object.entries(env)) console.log(`export ${key}='${value}'`);
}

async function startOne(name: ServerName, { folder, ports, configFile }: Options): Promise<Readonly<Record<string, string>>> {
  const before = readRecords(folder)[name];
  const own = { folder: `${folder}/${name}`, port: ports[name] ?? before?.port, configFile };
  const { server, port, env } = await startNamed(name, own);
  const { stopSignal, stopMs, pid } = server;
  writeRecord(folder, name, { pid, startTime: startTimeOf(pid), port, stopSignal, stopMs, env });
  console.error(`${server.name} runs on 127.0.0.1:${port}`);
  return env;
}

/** Those without a package here. */
async function startMissing(names: readonly ServerName[], { folder, ports }: Options): Promise<Readonly<Record<string, string>>> {
  if (names.length === 0) return {};
  const contained = names.filter(isContained);
  const engine = contained.length === names.length ? findEngine() : undefined;
  if (engine !== undefined) return startContainers(engine, folder, contained, ports);
  throw new InstallError(names.flatMap((name) => installOne(name)).join('\n'));
}

async function stop(names: readonly ServerName[], { folder }: Options): Promise<void> {
  const records = readRecords(folder);
  const running = names.filter((name) => isRunning(records[name]));
  await Promise.all(
    running.map(async (name) => {
      const { pid, stopSignal, stopMs } = records[name] ?? { pid: 0, stopSignal: 'SIGTERM', stopMs: 0 };
      await endProcess(pid, stopSignal, stopMs);
      console.error(`${catalogue[name].title} has stopped`);
    }),
  );
  const engine = names.some(isContained) ? findEngine() : undefined;
  if (engine !== undefined) await stopContainers(engine, folder);
}

function showStatus(names: readonly ServerName[], { folder, isJson }: Options): void {
  const records = readRecords(folder);
  const all = names.map((name) => {
    const record = records[name];
    const place = isRunning(record) ? { state: 'running', port: record.port, pid: record.pid } : { state: 'stopped' };
    return { name, isInstalled: catalogue[name].isInstalled(), ...place };
  });
  if (isJson) return void console.log(JSON.stringify(all, null, 2));
  for (const { name, isInstalled, state, port, pid } of all) {
    const where = port === undefined ? (isInstalled ? '' : 'not installed') : `127.0.0.1:${port} (process ${pid})`;
    console.log(`${name.padEnd(10)} ${state.padEnd(8)} ${where}`.trimEnd());
  }
}

try {
  await main();
} catch (error) {
  // What is no fault of the program is told without its place in the program.
  console.error(error instanceof InstallError ? error.message : error);
  process.exitCode = 1;
}
