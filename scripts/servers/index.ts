/** Real servers on the loopback, for tests, benches and machines without containers. */
export { type CameraOptions, type CameraServer, startCamera } from './camera.ts';
export type { ServerName } from './catalogue.ts';
export { findChromium } from './chromium.ts';
export { type GatewayOptions, startCaddy } from './gateways.ts';

export { askJudge } from './judge.ts';
export { type KafkaOptions, type KafkaServer, startKafka } from './kafka.ts';
export { freePort, freePorts } from './ports.ts';
export { type PostgresOptions, type PostgresServer, startPostgres } from './postgres.ts';
export type { S3Options, S3Server } from './s3.ts';
export { startSeaweed } from './seaweed.ts';
export type { Server, StartOptions } from './server.ts';
export { startVersitygw } from './versitygw.ts';
export { isWithout, type Wanted } from './wanted.ts';
