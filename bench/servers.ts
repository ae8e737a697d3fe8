/** What the platform of a scenario stands on: the embedded parts, or PostgreSQL, S3 and Kafka. */
import { type Server, startKafka, startPostgres, startSeaweed } from '../scripts/servers/index.ts';

export interface Servers {
  /** Settings that lead to them. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface RealServers extends Servers {
  /** Process ids. */
  readonly pids: Readonly<Record<'postgres' | 's3' | 'kafka', number>>;
}

export const embeddedServers: Servers = { env: {}, close: async () => undefined };

export async function startRealServers(): Promise<RealServers> {
  const started = await Promise.allSettled([startPostgres(), startSeaweed(), startKafka()]);
  const servers = started.flatMap((each): Server[] => (each.status === 'fulfilled' ? [each.value] : []));
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.remove()));
  };
  const [postgres, s3, kafka] = started;
  if (postgres.status === 'rejected' || s3.status === 'rejected' || kafka.status === 'rejected') {
    await close();
    throw started.find((each) => each.status === 'rejected')?.reason;
  }
  const env = { IMAGEFLOW_DATABASE_URL: postgres.value.url, IMAGEFLOW_OBJECTS_URL: s3.value.url(), IMAGEFLOW_BUS_URL: kafka.value.url };
  return { env, pids: { postgres: postgres.value.pid, s3: s3.value.pid, kafka: kafka.value.pid }, close };
}
