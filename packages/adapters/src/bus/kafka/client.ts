/** What every connection to the cluster is made with. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { AppError } from '@imageflow/core';
import type { Base, BaseOptions } from '@platformatic/kafka';
import type { KafkaAddress, KafkaSasl, KafkaTls } from './address.ts';

export type ClientOptions = BaseOptions;

/** One request, and the time to connect. What takes longer is tried again by whoever asked. */
const requestMs = 10_000;
const connectMs = 5_000;

/**
 * `retries: 0`: each caller has its own patience, and repeats with its own back-off.
 * @throws AppError VALIDATION_ERROR: a file of the settings cannot be read
 */
export function clientOptions(address: KafkaAddress): ClientOptions {
  return {
    clientId: address.clientId,
    bootstrapBrokers: [...address.brokers],
    retries: 0,
    timeout: requestMs,
    requestTimeout: requestMs,
    connectTimeout: connectMs,
    // Leaders move seldom, and an error asks anew at once.
    metadataMaxAge: 60_000,
    ...(address.tls !== undefined && { tls: tlsOptions(address.tls) }),
    ...(address.sasl !== undefined && { sasl: saslOptions(address.sasl) }),
  };
}

/** An error that nobody listens for ends the process, and the client tells of some on connections that it has given up already. */
export function guarded<Client extends Base>(client: Client): Client {
  const ignore = (): void => undefined;
  client.on('error', ignore);
  client.connections.on('connecting', ({ connection }) => connection.on('error', ignore));
  return client;
}

function tlsOptions({ caFile, certFile, keyFile }: KafkaTls): { ca?: Buffer; cert?: Buffer; key?: Buffer } {
  return {
    ...(caFile !== undefined && { ca: readSetting('ca_file', caFile) }),
    ...(certFile !== undefined && { cert: readSetting('cert_file', certFile) }),
    ...(keyFile !== undefined && { key: readSetting('key_file', keyFile) }),
  };
}

function saslOptions({ mechanism, username, password }: KafkaSasl): NonNullable<BaseOptions['sasl']> {
  if (typeof password === 'string') return { mechanism, username, password };
  readSetting('password_file', password.file);
  return { mechanism, username, password: async () => (await readFile(password.file, 'utf8')).replace(/\r?\n$/, '') };
}

function readSetting(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new AppError('VALIDATION_ERROR', {
      detail: { ja: `Kafka の設定 ${name} のファイルを読み取れません`, en: `The file of the Kafka setting ${name} cannot be read` },
      cause,
    });
  }
}
