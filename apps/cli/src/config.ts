/** The settings of this program: the environment read once, frozen. No other file reads it, except to hand it on to the programs `up` starts. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { chooseLanguage, createSay, type Language, type Say } from './language.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface CliConfig {
  readonly language: Language;
  readonly say: Say;
  /** Named by IMAGEFLOW_SERVER. */
  readonly server: string | undefined;
  /** Of `up`, and of `run` without a server. */
  readonly dataDir: string;
  /** Absent: the embedded one of the data folder. */
  readonly databaseUrl: string | undefined;
  /** Absent: the folder in the data folder. */
  readonly objectsUrl: string | undefined;
  /** Absent: the embedded one. */
  readonly busUrl: string | undefined;
  /** Absent: that of PATH. */
  readonly ffmpeg: string | undefined;
  /** Where programs are looked for. */
  readonly path: string;
  /** Of a camera whose address names a user only. */
  readonly cameraPassword: string | undefined;
  readonly host: string;
  readonly port: string;
  readonly grpcPort: string | undefined;
  /** Of a worker's probes and metrics. */
  readonly workerPort: string;
  /** Instances of services that run elsewhere, besides those `up` starts. */
  readonly otherServices: string;
  /** For `login` without a terminal. */
  readonly password: string | undefined;
  /** Where sign-ins are kept. */
  readonly configDir: string;
}

/** The clone this program belongs to: the same data wherever it is called from. */
export const projectDir = join(import.meta.dirname, '../../..');

export function readConfig(argv: readonly string[], env: Environment): CliConfig {
  const language = chooseLanguage(argv, env);
  return Object.freeze({
    language,
    say: createSay(language),
    server: env.IMAGEFLOW_SERVER || undefined,
    dataDir: env.IMAGEFLOW_DATA_DIR || join(projectDir, 'data'),
    databaseUrl: env.IMAGEFLOW_DATABASE_URL || undefined,
    objectsUrl: env.IMAGEFLOW_OBJECTS_URL || undefined,
    busUrl: env.IMAGEFLOW_BUS_URL || undefined,
    ffmpeg: env.IMAGEFLOW_FFMPEG || undefined,
    path: env.PATH ?? '',
    cameraPassword: env.IMAGEFLOW_CAMERA_PASSWORD || undefined,
    host: env.IMAGEFLOW_HOST || '127.0.0.1',
    port: env.IMAGEFLOW_PORT || '8080',
    grpcPort: env.IMAGEFLOW_GRPC_PORT || undefined,
    workerPort: env.IMAGEFLOW_WORKER_PORT || '8081',
    otherServices: env.IMAGEFLOW_SERVICES ?? '',
    password: env.IMAGEFLOW_PASSWORD || undefined,
    configDir: configFolder(env),
  });
}

/** IMAGEFLOW_CONFIG_DIR, else where programs of this system keep their settings. */
function configFolder(env: Environment): string {
  if (env.IMAGEFLOW_CONFIG_DIR) return env.IMAGEFLOW_CONFIG_DIR;
  if (process.platform === 'win32') return join(env.APPDATA || homedir(), 'imageflow');
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'imageflow');
}
