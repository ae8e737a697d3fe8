/** The backend's settings: the environment read once, checked as a whole, frozen. No other file reads `process.env`. */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { AppError, type Balancing, balancings, type ValidationFault } from '@imageflow/core';
import { z } from 'zod';
import type { ExternalIssuerSettings } from './rooms/accounts/external.ts';

/** Where one instance of a service listens. */
export interface ServiceAddress {
  readonly service: string;
  /** host:port */
  readonly address: string;
}

export interface Limits {
  readonly maxFileBytes: number;
  readonly maxPixels: number;
  readonly maxFiles: number;
  /** Executions that may wait. */
  readonly queueLimit: number;
  /** Bytes of a JSON body. */
  readonly maxBodyBytes: number;
  /** Sign-in attempts a minute and user; five times as many a minute and address. */
  readonly loginsPerMinute: number;
}

/** Cameras and video files that the server reads by itself. */
export interface VideoConfig {
  /** Undefined: looked for in `searchPath`. */
  readonly ffmpeg: string | undefined;
  readonly searchPath: string;
  /** Video files are read from here alone. */
  readonly folder: string;
  /** Whether cameras of this machine may be opened (/dev/video…). */
  readonly allowsDevices: boolean;
  /** Seals the passwords of cameras. Absent: one is made at the first start. */
  readonly secretKey: string | undefined;
}

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly grpcPort: number;
  /** host:port where other backends reach its gRPC. Absent: found out. */
  readonly grpcAdvertise: string | undefined;
  /** Of a worker's probes and metrics. */
  readonly workerPort: number;
  readonly dataDir: string;
  /** The built pages. */
  readonly webDir: string;
  readonly databaseUrl: string;
  /** False: tables that are not up to date are refused; `imageflow migrate` updates them. */
  readonly autoMigrate: boolean;
  readonly objectsUrl: string;
  readonly busUrl: string;
  readonly services: readonly ServiceAddress[];
  /** Address of an OTLP/HTTP receiver of traces; absent: none are made. */
  readonly otlpUrl: string | undefined;
  /** Share of traces that are recorded, 0 to 1. */
  readonly traceRatio: number;
  /** How an instance is chosen among those of a service. */
  readonly balancing: Balancing;
  /** Key by which service instances announce themselves. Absent: one is made at the first start. */
  readonly serviceKey: string | undefined;
  readonly modelsDir: string;
  /** Absent: a random password is made at the first start. */
  readonly adminPassword: string | undefined;
  /** Set by whoever starts the server for himself: the account "local" (engineer) exists while it runs. */
  readonly localPassword: string | undefined;
  readonly logLevel: (typeof logLevels)[number];
  /** IANA name; days in statistics are days of this zone. */
  readonly timezone: string;
  readonly limits: Limits;
  /** How long files of executions are kept. */
  readonly retention: {
    /** Undefined: outputs are kept for ever. */
    readonly outputDays: number | undefined;
    /** Lossless images between steps, for looking at and for partial re-runs. */
    readonly handoverHours: number;
    readonly handoverMaxBytes: number;
  };
  /** Executions run at the same time. */
  readonly concurrency: number;
  /** Origins that may call from a browser; empty: only the server's own. */
  readonly corsOrigins: readonly string[];
  /** Addresses or networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** An OpenID Connect issuer whose tokens are accepted besides our own. */
  readonly externalIssuer: ExternalIssuerSettings | undefined;
  /** Gets a CloudEvent for every failed execution whose pipeline asks for it and names no address itself. */
  readonly notificationUrl: string | undefined;
  readonly video: VideoConfig;
  /** How long a stop waits for work in progress, ms. */
  readonly drainMs: number;
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const defaultServices =
  'ResizeService=127.0.0.1:50051,AIDetectionService=127.0.0.1:50052,FilterService=127.0.0.1:50053,CameraStreamService=127.0.0.1:50054';

const port = z.coerce.number().int().min(0).max(65535);
const count = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** Each is described in config.texts.ts. */
export const environment = z.object({
  IMAGEFLOW_HOST: z.string().min(1).default('127.0.0.1'),
  IMAGEFLOW_PORT: port.default(8080),
  IMAGEFLOW_GRPC_PORT: port.default(50050),
  IMAGEFLOW_GRPC_ADVERTISE: z
    .string()
    .regex(/^\S+:\d{1,5}$/)
    .optional(),
  IMAGEFLOW_WORKER_PORT: port.default(8081),
  IMAGEFLOW_DATA_DIR: z.string().min(1).default('./data'),
  IMAGEFLOW_WEB_DIR: z
    .string()
    .min(1)
    .default(() => resolve(import.meta.dirname, '../../web/dist')),
  IMAGEFLOW_DATABASE_URL: z
    .string()
    .regex(/^(pglite:.+|postgres(ql)?:\/\/.+)$/)
    .optional(),
  IMAGEFLOW_AUTO_MIGRATE: z.stringbool({ truthy: ['true'], falsy: ['false'] }).default(true),
  IMAGEFLOW_OBJECTS_URL: z
    .string()
    .regex(/^(folder:.+|s3:\/\/.+)$/)
    .optional(),
  IMAGEFLOW_BUS_URL: z
    .string()
    .regex(/^(embedded|kafka:\/\/.+)$/)
    .default('embedded'),
  IMAGEFLOW_SERVICES: list.pipe(z.array(z.string().regex(/^[A-Za-z][A-Za-z0-9_]*=[^\s=]+:\d{1,5}$/))).prefault(defaultServices),
  IMAGEFLOW_OTLP_URL: z.url({ protocol: /^https?$/ }).optional(),
  IMAGEFLOW_TRACE_RATIO: z.coerce.number().min(0).max(1).default(1),
  IMAGEFLOW_BALANCING: z.enum(balancings).default('least_connections'),
  IMAGEFLOW_SERVICE_KEY: z.string().min(16).max(500).regex(/^\S+$/).optional(),
  IMAGEFLOW_MODELS_DIR: z.string().min(1).optional(),
  IMAGEFLOW_ADMIN_PASSWORD: z.string().min(8).max(256).optional(),
  IMAGEFLOW_LOCAL_PASSWORD: z.string().min(24).max(256).optional(),
  IMAGEFLOW_LOG_LEVEL: z.enum(logLevels).default('info'),
  IMAGEFLOW_TIMEZONE: z
    .string()
    .refine(isTimeZone)
    .default(() => Intl.DateTimeFormat().resolvedOptions().timeZone),
  IMAGEFLOW_MAX_FILE_BYTES: count.default(50_000_000),
  IMAGEFLOW_MAX_PIXELS: count.default(100_000_000),
  IMAGEFLOW_MAX_FILES: count.default(32),
  IMAGEFLOW_MAX_BODY_BYTES: count.default(1_048_576),
  IMAGEFLOW_QUEUE_LIMIT: count.default(10_000),
  IMAGEFLOW_LOGINS_PER_MINUTE: count.default(10),
  IMAGEFLOW_OUTPUT_RETENTION_DAYS: count.optional(),
  IMAGEFLOW_HANDOVER_RETENTION_HOURS: count.default(24),
  IMAGEFLOW_HANDOVER_MAX_BYTES: count.default(2_000_000_000),
  IMAGEFLOW_CONCURRENCY: count.default(() => availableParallelism()),
  IMAGEFLOW_CORS_ORIGINS: list.pipe(z.array(z.url())).prefault(''),
  IMAGEFLOW_TRUSTED_PROXIES: list.prefault(''),
  IMAGEFLOW_OIDC_ISSUER: z.url().refine(isSafeIssuer, 'https, or http on this machine').optional(),
  IMAGEFLOW_OIDC_AUDIENCE: z.string().min(1).optional(),
  IMAGEFLOW_OIDC_ROLE_CLAIM: z.string().min(1).default('roles'),
  IMAGEFLOW_NOTIFICATION_URL: z.url({ protocol: /^https?$/ }).optional(),
  IMAGEFLOW_FFMPEG: z.string().min(1).optional(),
  IMAGEFLOW_VIDEO_DIR: z.string().min(1).optional(),
  IMAGEFLOW_VIDEO_DEVICES: z.stringbool({ truthy: ['true'], falsy: ['false'] }).default(false),
  IMAGEFLOW_SECRET_KEY: z.string().min(16).max(500).optional(),
  IMAGEFLOW_DRAIN_MS: count.default(30_000),
});

export type SettingName = keyof (typeof environment)['shape'];

/** @throws AppError VALIDATION_ERROR naming every setting that is wrong. An empty value counts as absent. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const present = Object.fromEntries(Object.entries(env).filter(([name, value]) => name.startsWith('IMAGEFLOW_') && value !== ''));
  const result = environment.safeParse(present);
  if (!result.success) throw settingsError(result.error);
  return freeze(result.data, env.PATH ?? '');
}

function freeze(settings: z.output<typeof environment>, searchPath: string): Config {
  const dataDir = resolve(settings.IMAGEFLOW_DATA_DIR);
  return Object.freeze({
    host: settings.IMAGEFLOW_HOST,
    port: settings.IMAGEFLOW_PORT,
    grpcPort: settings.IMAGEFLOW_GRPC_PORT,
    grpcAdvertise: settings.IMAGEFLOW_GRPC_ADVERTISE,
    workerPort: settings.IMAGEFLOW_WORKER_PORT,
    dataDir,
    databaseUrl: settings.IMAGEFLOW_DATABASE_URL ?? `pglite:${join(dataDir, 'database')}`,
    autoMigrate: settings.IMAGEFLOW_AUTO_MIGRATE,
    objectsUrl: settings.IMAGEFLOW_OBJECTS_URL ?? `folder:${join(dataDir, 'objects')}`,
    busUrl: settings.IMAGEFLOW_BUS_URL,
    services: Object.freeze(settings.IMAGEFLOW_SERVICES.map(parseServiceAddress)),
    otlpUrl: settings.IMAGEFLOW_OTLP_URL,
    traceRatio: settings.IMAGEFLOW_TRACE_RATIO,
    balancing: settings.IMAGEFLOW_BALANCING,
    serviceKey: settings.IMAGEFLOW_SERVICE_KEY,
    modelsDir: resolve(settings.IMAGEFLOW_MODELS_DIR ?? join(dataDir, 'models')),
    adminPassword: settings.IMAGEFLOW_ADMIN_PASSWORD,
    localPassword: settings.IMAGEFLOW_LOCAL_PASSWORD,
    webDir: resolve(settings.IMAGEFLOW_WEB_DIR),
    logLevel: settings.IMAGEFLOW_LOG_LEVEL,
    timezone: settings.IMAGEFLOW_TIMEZONE,
    limits: Object.freeze({
      maxFileBytes: settings.IMAGEFLOW_MAX_FILE_BYTES,
      maxPixels: settings.IMAGEFLOW_MAX_PIXELS,
      maxFiles: settings.IMAGEFLOW_MAX_FILES,
      queueLimit: settings.IMAGEFLOW_QUEUE_LIMIT,
      maxBodyBytes: settings.IMAGEFLOW_MAX_BODY_BYTES,
      loginsPerMinute: settings.IMAGEFLOW_LOGINS_PER_MINUTE,
    }),
    retention: Object.freeze({
      outputDays: settings.IMAGEFLOW_OUTPUT_RETENTION_DAYS,
      handoverHours: settings.IMAGEFLOW_HANDOVER_RETENTION_HOURS,
      handoverMaxBytes: settings.IMAGEFLOW_HANDOVER_MAX_BYTES,
    }),
    concurrency: settings.IMAGEFLOW_CONCURRENCY,
    corsOrigins: Object.freeze(settings.IMAGEFLOW_CORS_ORIGINS),
    trustedProxies: Object.freeze(settings.IMAGEFLOW_TRUSTED_PROXIES),
    externalIssuer: externalIssuer(settings),
    notificationUrl: settings.IMAGEFLOW_NOTIFICATION_URL,
    video: Object.freeze({
      ffmpeg: settings.IMAGEFLOW_FFMPEG,
      searchPath,
      folder: resolve(settings.IMAGEFLOW_VIDEO_DIR ?? join(dataDir, 'videos')),
      allowsDevices: settings.IMAGEFLOW_VIDEO_DEVICES,
      secretKey: settings.IMAGEFLOW_SECRET_KEY,
    }),
    drainMs: settings.IMAGEFLOW_DRAIN_MS,
  });
}

/** @throws AppError when only half of it is set: tokens for any audience must not be accepted. */
function externalIssuer(settings: z.output<typeof environment>): ExternalIssuerSettings | undefined {
  const { IMAGEFLOW_OIDC_ISSUER: issuer, IMAGEFLOW_OIDC_AUDIENCE: audience, IMAGEFLOW_OIDC_ROLE_CLAIM: roleClaim } = settings;
  if (issuer === undefined) return undefined;
  if (audience !== undefined) return Object.freeze({ issuer, audience, roleClaim });
  const message = { ja: 'IMAGEFLOW_OIDC_ISSUER と一緒に指定してください', en: 'Needed together with IMAGEFLOW_OIDC_ISSUER' };
  throw new AppError('VALIDATION_ERROR', { detail: message, faults: [{ field: 'IMAGEFLOW_OIDC_AUDIENCE', message }] });
}

/** Keys fetched in clear from elsewhere could be anyone's. */
function isSafeIssuer(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname));
}

function parseServiceAddress(text: string): ServiceAddress {
  const at = text.indexOf('=');
  return Object.freeze({ service: text.slice(0, at), address: text.slice(at + 1) });
}

function isTimeZone(name: string): boolean {
  try {
    Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Values are left out: a setting can hold a password. */
function settingsError(error: z.ZodError): AppError {
  const faults: ValidationFault[] = error.issues.map((issue) => ({
    field: String(issue.path[0]),
    message: { ja: `設定値が不正です（${issue.message}）`, en: `This setting is not valid: ${issue.message}` },
  }));
  const names = faults.map((fault) => fault.field).join(', ');
  return new AppError('VALIDATION_ERROR', {
    detail: { ja: `環境変数を直してください: ${names}`, en: `Correct these environment variables: ${names}` },
    faults,
  });
}
