/** JSON logs on standard output, without secrets. */
import { standardOutput } from '@imageflow/adapters/logs';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from '../config.ts';

const secretNames = [
  'password',
  'new_password',
  'current_password',
  'password_hash',
  'access_token',
  'refresh_token',
  'ticket',
  'token',
  'authorization',
  'cookie',
];

export function createLogger(level: Config['logLevel'], destination: DestinationStream = standardOutput(), service = 'backend'): Logger {
  const options = {
    level,
    base: { service },
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
  };
  return pino(options, destination);
}
