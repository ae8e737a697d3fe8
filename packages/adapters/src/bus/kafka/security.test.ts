/** TLS, client certificates, and signing in with PLAIN and SCRAM, against a broker that asks for them. */
import { execFileSync } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@imageflow/core';
import { Admin, alterUserScramCredentialsV0 } from '@platformatic/kafka';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts, isWithout, type KafkaServer, startKafka } from '../../../../../scripts/servers/index.ts';
import { openKafkaBus } from './bus.ts';

const clock: Clock = {
  now: () => Date.now(),
  after: (delayMs, fire) => {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};

describe.skipIf(isWithout('kafka'))('Kafka with locked doors', () => {
  const folder = mkdtempSync(join(tmpdir(), 'imageflow-kafka-keys-'));
  const path = (name: string): string => join(folder, name);
  const log: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) });
  let server: KafkaServer;
  let ports: readonly number[];

  const open = (port: number, query: string, user = '') => openKafkaBus(`kafka://${user}127.0.0.1:${port}?${query}`, { clock, logger });
  const works = async (bus: ReturnType<typeof open>): Promise<void> => {
    try {
      await bus.check();
      await bus.publish({ topic: 'secure', key: 'k', value: 1, headers: {} });
    } finally {
      await bus.close();
    }
  };

  beforeAll(async () => {
    makeKeys(folder);
    ports = await freePorts(4);
    const [port = 0, controller, sasl, mutual] = ports;
    server = await startKafka({
      port,
      properties: {
        listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller},SASL://127.0.0.1:${sasl},MUTUAL://127.0.0.1:${mutual}`,
        'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},SASL://127.0.0.1:${sasl},MUTUAL://127.0.0.1:${mutual}`,
        'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_SSL,MUTUAL:SSL',
        'controller.quorum.voters': `1@127.0.0.1:${controller}`,
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': path('server.pem'),
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': path('ca.crt'),
        'listener.name.mutual.ssl.client.auth': 'required',
        'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
        'listener.name.sasl.plain.sasl.jaas.config':
          'org.apache.kafka.common.security.plain.PlainLoginModule required user_plant="pass-word-1";',
        'listener.name.sasl.scram-sha-512.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      },
    });
    await addScramUser(server.broker, 'plant', 'päss/wörd-2');
  });
  afterAll(async () => {
    await server.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('signs in with PLAIN, the password from a file', async () => {
    writeFileSync(path('password'), 'pass-word-1\n');
    await works(open(ports[2] ?? 0, `ca_file=${path('ca.crt')}&sasl=plain&username=plant&password_file=${path('password')}`));
  });

  it('signs in with SCRAM, the password in the address', async () => {
    const user = `plant:${encodeURIComponent('päss/wörd-2')}@`;
    await works(open(ports[2] ?? 0, `ca_file=${path('ca.crt')}&sasl=scram-sha-512`, user));
  });

  it('shows a client certificate', async () => {
    await works(open(ports[3] ?? 0, `ca_file=${path('ca.crt')}&cert_file=${path('client.crt')}&key_file=${path('client.key')}`));
  });

  it('refuses a broker it cannot trust, and a wrong password without telling it to anyone', async () => {
    await expect(works(open(ports[3] ?? 0, 'tls=true'))).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    const bus = open(ports[2] ?? 0, `ca_file=${path('ca.crt')}&sasl=plain`, 'plant:not-the-password@');
    await expect(bus.check()).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    const error: Error = await bus.publish({ topic: 'secure', key: 'k', value: 1, headers: {} }).then(Promise.reject, (cause) => cause);
    await bus.close();
    expect(`${error.message} ${error.stack} ${log.join('')}`).not.toContain('not-the-password');
  });
});

function makeKeys(folder: string): void {
  const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=test authority');
  for (const name of ['server', 'client']) {
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1');
    const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
    openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.crt`, ...authority);
  }
  writeFileSync(join(folder, 'server.pem'), ['server.key', 'server.crt'].map((file) => readFileSync(join(folder, file), 'utf8')).join(''));
}

async function addScramUser(broker: string, name: string, password: string): Promise<void> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [broker] });
  const [connection] = (await admin.connectToBrokers()).values();
  if (connection === undefined) throw new Error('no broker');
  const [salt, iterations] = [randomBytes(16), 4096];
  const saltedPassword = pbkdf2Sync(password, salt, iterations, 64, 'sha512');
  await alterUserScramCredentialsV0.api.async(connection, [], [{ name, mechanism: 2, iterations, salt, saltedPassword }]);
  await admin.close();
}
