/** All servers the platform runs with, and how each gets here. */
import { hasCamera, installCamera } from './camera.ts';
import { findChromium, installChromium } from './chromium.ts';
import { findCaddy, findEnvoy, installCaddy, installEnvoy } from './gateways.ts';
import { hasJudge, installJudge } from './judge.ts';
import { findKafka, installKafka } from './kafka.ts';
import { findPostgres, installPostgres } from './postgres.ts';
import { findSeaweed, installSeaweed } from './seaweed.ts';
import { findVersitygw, installVersitygw } from './versitygw.ts';

export interface ServerKind {
  readonly title: string;
  isInstalled(): boolean;
  /** @throws InstallError with what to do */
  install(): void;
  /** Tests do without it where it is missing. */
  readonly isOptional?: boolean;
}

export const catalogue = {
  postgres: { title: 'PostgreSQL', isInstalled: () => findPostgres() !== undefined, install: installPostgres },
  seaweedfs: { title: 'SeaweedFS (S3)', isInstalled: () => findSeaweed() !== undefined, install: installSeaweed },
  kafka: { title: 'Apache Kafka', isInstalled: () => findKafka() !== undefined, install: installKafka },
  envoy: { title: 'Envoy', isInstalled: () => findEnvoy() !== undefined, install: installEnvoy },
  camera: { title: 'RTSP camera (GStreamer) and ffmpeg', isInstalled: hasCamera, install: installCamera },
  chromium: { title: 'Chromium (for tests)', isInstalled: () => findChromium() !== undefined, install: installChromium },
  caddy: { title: 'Caddy', isInstalled: () => findCaddy() !== undefined, install: installCaddy },
  judge: { title: 'Pillow and OpenCV (second opinion on pixels)', isInstalled: hasJudge, install: installJudge },
  versitygw: {
    title: 'versitygw (S3, second opinion)',
    isInstalled: () => findVersitygw() !== undefined,
    install: installVersitygw,
    isOptional: true,
  },
} as const satisfies Readonly<Record<string, ServerKind>>;

export type ServerName = keyof typeof catalogue;

export const serverNames = Object.keys(catalogue) as readonly ServerName[];

export function isServerName(text: string): text is ServerName {
  return Object.hasOwn(catalogue, text);
}
