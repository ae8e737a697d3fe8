/** The address of a Kafka cluster: "kafka://host:9092,host:9092?tls=true&sasl=scram-sha-512&username=…&password_file=…". */
import { AppError } from '@imageflow/core';

const saslMechanisms = { plain: 'PLAIN', 'scram-sha-256': 'SCRAM-SHA-256', 'scram-sha-512': 'SCRAM-SHA-512' } as const;

export interface KafkaAddress {
  /** host:port each */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** In front of every topic's and group's name: several installations on one cluster. */
  readonly prefix: string;
  /** Of topics that are made here. */
  readonly partitions: number;
  /** Of topics that are made here; -1: the cluster's own default. */
  readonly replication: number;
  /** A consumer that is silent for so long has died: others get its partitions. */
  readonly sessionMs: number;
  readonly tls: KafkaTls | undefined;
  readonly sasl: KafkaSasl | undefined;
}

/** Paths of PEM files. */
export interface KafkaTls {
  /** Absent: the authorities this machine trusts. */
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

export interface KafkaSasl {
  readonly mechanism: (typeof saslMechanisms)[keyof typeof saslMechanisms];
  readonly username: string;
  /** As a text, or as a file that is read at each sign-in: what is renewed there counts from the next connection on. */
  readonly password: string | { readonly file: string };
}

const parameters = [
  'client_id',
  'prefix',
  'partitions',
  'replication',
  'session_ms',
  'tls',
  'ca_file',
  'cert_file',
  'key_file',
  'sasl',
  'username',
  'password_file',
] as const;

type Parameter = (typeof parameters)[number];

/** @throws AppError VALIDATION_ERROR that names what is wrong, never a value: one of them is the password. */
export function parseKafkaAddress(text: string): KafkaAddress {
  const match = /^kafka:\/\/(?:([^@/?]*)@)?([^@/?]+)\/?(?:\?(.*))?$/.exec(text);
  if (match === null) throw invalid('kafka://<host>:<port>');
  const [, user, hosts = '', query = ''] = match;
  const values = readParameters(query);
  const brokers = hosts.split(',').map(readBroker);
  const sasl = readSasl(values, user);
  return {
    brokers,
    clientId: readName('client_id', values.get('client_id') ?? 'imageflow'),
    prefix: readName('prefix', values.get('prefix') ?? ''),
    partitions: readCount('partitions', values.get('partitions') ?? '6', 1, 1_000),
    replication: values.has('replication') ? readCount('replication', values.get('replication') ?? '', 1, 100) : -1,
    // What brokers take by default is 6 s to 30 min.
    sessionMs: readCount('session_ms', values.get('session_ms') ?? '10000', 1_000, 1_800_000),
    tls: readTls(values),
    sasl,
  };
}

function readParameters(query: string): ReadonlyMap<Parameter, string> {
  const values = new Map<Parameter, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const known = parameters.find((parameter) => parameter === name);
    if (known === undefined) throw invalid(name.slice(0, 40));
    if (value !== '') values.set(known, value);
  }
  return values;
}

function readBroker(text: string): string {
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(text.trim());
  if (match === null || Number(match[2] ?? 9092) > 65_535) throw invalid('<host>:<port>');
  return `${match[1]}:${match[2] ?? 9092}`;
}

function readName(parameter: Parameter, value: string): string {
  if (!/^[A-Za-z0-9._-]{0,100}$/.test(value)) throw invalid(parameter);
  return value;
}

function readCount(parameter: Parameter, value: string, min: number, max: number): number {
  if (!/^\d{1,7}$/.test(value) || Number(value) < min || Number(value) > max) throw invalid(parameter);
  return Number(value);
}

function readTls(values: ReadonlyMap<Parameter, string>): KafkaTls | undefined {
  const files = { caFile: values.get('ca_file'), certFile: values.get('cert_file'), keyFile: values.get('key_file') };
  const wished = values.get('tls');
  if (wished !== undefined && wished !== 'true' && wished !== 'false') throw invalid('tls');
  const hasFiles = Object.values(files).some((file) => file !== undefined);
  if (wished === 'false' && hasFiles) throw invalid('tls');
  if ((files.certFile === undefined) !== (files.keyFile === undefined))
    throw invalid(files.certFile === undefined ? 'cert_file' : 'key_file');
  return wished === 'true' || hasFiles ? files : undefined;
}

function readSasl(values: ReadonlyMap<Parameter, string>, user: string | undefined): KafkaSasl | undefined {
  const [name, secret] = splitUser(user);
  const username = values.get('username') ?? name;
  const file = values.get('password_file');
  const mechanism = Object.entries(saslMechanisms).find(([key]) => key === (values.get('sasl') ?? 'scram-sha-512'))?.[1];
  if (mechanism === undefined) throw invalid('sasl');
  if (username === undefined && secret === undefined && file === undefined && !values.has('sasl')) return undefined;
  if (username === undefined) throw invalid('username');
  if (secret !== undefined && file === undefined) return { mechanism, username, password: secret };
  if (file !== undefined && secret === undefined) return { mechanism, username, password: { file } };
  throw invalid('password_file');
}

/** "name:password", %-encoded. */
function splitUser(user: string | undefined): [string | undefined, string | undefined] {
  if (user === undefined) return [undefined, undefined];
  const colon = user.indexOf(':');
  try {
    if (colon === -1) return [decodeURIComponent(user), undefined];
    return [decodeURIComponent(user.slice(0, colon)), decodeURIComponent(user.slice(colon + 1))];
  } catch {
    throw invalid('username');
  }
}

function invalid(part: string): AppError {
  return new AppError('VALIDATION_ERROR', {
    detail: {
      ja: `Kafka のアドレスの「${part}」が正しくありません。kafka://<ホスト>:<ポート>,…?<設定>=<値>&… の形で指定してください`,
      en: `"${part}" is not right in the address of Kafka. Give it as kafka://<host>:<port>,…?<setting>=<value>&…`,
    },
  });
}
