/** The real servers that all programs share: PostgreSQL, S3, Kafka. */
import { type KafkaOptions, type KafkaServer, startKafka } from '../../scripts/servers/kafka.ts';
import { freePorts } from '../../scripts/servers/ports.ts';
import { type PostgresServer, startPostgres } from '../../scripts/servers/postgres.ts';
import type { S3Server } from '../../scripts/servers/s3.ts';
import { startSeaweed } from '../../scripts/servers/seaweed.ts';

export interface Servers {
  readonly postgres: PostgresServer;
  readonly s3: S3Server;
  readonly kafka: KafkaServer;
  readonly databaseUrl: string;
  readonly objectsUrl: string;
  readonly busUrl: string;
  remove(): Promise<void>;
}

/** `listenAlso`: a further address of Kafka, for programs in a network of their own. */
export async function openServers(listenAlso?: { readonly address: string; readonly port: number }): Promise<Servers> {
  const started = await Promise.allSettled([
    startPostgres({ isDurable: false }),
    startSeaweed(),
    startKafka(listenAlso === undefined ? {} : await further(listenAlso)),
  ]);
  const [postgres, s3, kafka] = started;
  const remove = async (): Promise<void> => {
    await Promise.all(started.map((one) => (one.status === 'fulfilled' ? one.value.remove() : undefined)));
  };
  if (postgres.status === 'rejected' || s3.status === 'rejected' || kafka.status === 'rejected') {
    await remove();
    throw started.find((one) => one.status === 'rejected')?.reason;
  }
  return {
    postgres: postgres.value,
    s3: s3.value,
    kafka: kafka.value,
    databaseUrl: postgres.value.url,
    objectsUrl: s3.value.url(),
    busUrl: kafka.value.url,
    remove,
  };
}

/** Kafka names its own addresses to clients, so that each way to it is a listener. */
async function further({ address, port: other }: { readonly address: string; readonly port: number }): Promise<KafkaOptions> {
  const [port = 0, controller = 0] = await freePorts(2);
  return {
    port,
    properties: {
      listeners: `PLAINTEXT://127.0.0.1:${port},FURTHER://${address}:${other},CONTROLLER://127.0.0.1:${controller}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},FURTHER://${address}:${other}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,FURTHER:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    },
  };
}
