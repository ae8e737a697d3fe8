import { describe, expect, it } from 'vitest';
import { parseKafkaAddress } from './address.ts';

describe('address of a Kafka cluster', () => {
  it('needs no more than a broker', () => {
    expect(parseKafkaAddress('kafka://broker')).toEqual({
      brokers: ['broker:9092'],
      clientId: 'imageflow',
      prefix: '',
      partitions: 6,
      replication: -1,
      sessionMs: 10_000,
      tls: undefined,
      sasl: undefined,
    });
  });

  it('takes several brokers and all settings', () => {
    const query = 'client_id=line-4&prefix=plant.&partitions=12&replication=3&session_ms=30000&ca_file=/etc/ca.pem&sasl=plain';
    expect(parseKafkaAddress(`kafka://user:p%40ss%2F@a:1,[::1]:2,c.example?${query}`)).toEqual({
      brokers: ['a:1', '[::1]:2', 'c.example:9092'],
      clientId: 'line-4',
      prefix: 'plant.',
      partitions: 12,
      replication: 3,
      sessionMs: 30_000,
      tls: { caFile: '/etc/ca.pem', certFile: undefined, keyFile: undefined },
      sasl: { mechanism: 'PLAIN', username: 'user', password: 'p@ss/' },
    });
  });

  it.each([
    ['kafka://', '<host>'],
    ['kafka://host:99999', '<host>:<port>'],
    ['kafka://host?partition=3', 'partition'],
    ['kafka://host?partitions=0', 'partitions'],
    ['kafka://host?prefix=a/b', 'prefix'],
    ['kafka://host?tls=maybe', 'tls'],
    ['kafka://host?cert_file=/a', 'key_file'],
    ['kafka://host?sasl=gssapi&username=x', 'sasl'],
    ['kafka://host?password_file=/a', 'username'],
    ['kafka://user@host', 'password_file'],
    ['kafka://user:geheim@host?password_file=/a', 'password_file'],
    ['kafka://user:gehe%im@host', 'username'],
  ])('names what is wrong in %s, and no password', (address, part) => {
    let told = '';
    try {
      parseKafkaAddress(address);
    } catch (error) {
      told = String(error);
    }
    expect(told).toContain(part);
    expect(told).not.toContain('gehe');
  });
});
