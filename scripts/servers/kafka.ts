/** Apache Kafka, one node that is broker and controller (KRaft), from Maven Central. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall, fillCache, findProgram, InstallError, mavenCopy } from './install.ts';
import { cacheFolder, scratchRoot } from './places.ts';
import { freePorts } from './ports.ts';
import { accepts, runServer, type Server, type StartOptions } from './server.ts';

const version = '4.4.0';
const log4jVersion = '2.25.5';
const minJava = 17;

export interface KafkaOptions extends StartOptions {
  readonly port?: number;
  /** Of server.properties; they win over those given here by default. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
}

export interface KafkaServer extends Server {
  readonly port: number;
  /** host:port of the plain listener. */
  readonly broker: string;
  readonly url: string;
}

/** The folder of its libraries. */
export function findKafka(): string | undefined {
  const libs = join(cacheFolder('kafka', version), 'libs');
  return existsSync(libs) && findJava() !== undefined ? libs : undefined;
}

export function installKafka(): void {
  if (findJava() === undefined) aptInstall(['default-jre-headless']);
  const dependencies = [`org.apache.kafka:kafka_2.13:${version}`, `org.apache.logging.log4j:log4j-slf4j-impl:${log4jVersion}`];
  fillCache('kafka', version, (folder) => mavenCopy(folder, dependencies));
}

let java: string | undefined;

function findJava(): string | undefined {
  const home = process.env.JAVA_HOME;
  java ??= [home === undefined ? undefined : join(home, 'bin', 'java'), findProgram('java')].find(isNewEnough);
  return java;
}

function isNewEnough(program: string | undefined): boolean {
  if (program === undefined) return false;
  try {
    // "openjdk 17.0.15 2025-04-15"
    const major = /\d+/.exec(execFileSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return Number(major?.[0] ?? 0) >= minJava;
  } catch {
    return false;
  }
}

/** @throws Error when it is not installed, or does not start within 60 s */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const [libs, program] = [findKafka(), findJava()];
  if (libs === undefined || program === undefined) throw new InstallError('Kafka is not installed: npm run servers -- install kafka');
  const folder = options.folder ?? mkdtempSync(join(scratchRoot(), 'imageflow-kafka-'));
  mkdirSync(folder, { recursive: true });
  const [random = 0, controllerPort = 0] = await freePorts(2);
  const port = options.port ?? random;
  const base = [program, '-Xmx256m', '-Xms64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', `${libs}/*`];
  const java = [...base, `-Dlog4j2.configurationFile=file:${join(folder, 'log4j2.properties')}`];
  writeFiles(folder, { ...propertiesOf(folder, port, controllerPort), ...options.properties });
  format(folder, java);
  const server = await runServer(
    {
      name: 'Kafka',
      folder,
      command: [...java, 'kafka.Kafka', join(folder, 'server.properties')],
      isReady: async (log) => log.includes('Kafka Server started') && (await accepts(port)),
      readyMs: 60_000,
      stopSignal: 'SIGTERM',
      stopMs: 30_000,
    },
    options,
  );
  return Object.assign(server, { port, broker: `127.0.0.1:${port}`, url: `kafka://127.0.0.1:${port}` });
}

function propertiesOf(folder: string, port: number, controllerPort: number): Readonly<Record<string, string | number | boolean>> {
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'log.dirs': join(folder, 'data'),
    'num.partitions': 3,
    'auto.create.topics.enable': true,
    // One node holds everything once.
    'default.replication.factor': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 3,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 3,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 3,
    // Waiting for further members pays with many of them.
    'group.initial.rebalance.delay.ms': 0,
    'log.segment.bytes': 16_777_216,
    'log.cleaner.dedupe.buffer.size': 8_388_608,
  };
}

const logging = `status=error
appender.stdout.type=Console
appender.stdout.name=STDOUT
appender.stdout.layout.type=PatternLayout
appender.stdout.layout.pattern=[%d] %p %m (%c)%n
rootLogger.level=INFO
rootLogger.appenderRef.stdout.ref=STDOUT
`;

function writeFiles(folder: string, properties: Readonly<Record<string, string | number | boolean>>): void {
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder, 'server.properties'), lines.join(''));
  writeFileSync(join(folder, 'log4j2.properties'), logging);
}

/** Once for a folder: gives the node its cluster. */
function format(folder: string, java: readonly string[]): void {
  if (existsSync(join(folder, 'data', 'meta.properties'))) return;
  const [program = '', ...args] = java;
  const tool = ['kafka.tools.StorageTool', 'format', '-t', clusterId(), '-c', join(folder, 'server.properties')];
  try {
    execFileSync(program, [...args, ...tool], { stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    throw new Error(`Kafka's folder ${folder} could not be prepared: ${said}`, { cause: error });
  }
}

/** A UUID as Kafka writes one: base64url, and not like an option of the command line. */
function clusterId(): string {
  return `K${randomBytes(16).toString('base64url').slice(1)}`;
}
