/** `imageflow up`: starts everything embedded, says where it is and what to try, and stops it cleanly. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Stop } from '../exit.ts';
import type { Say } from '../language.ts';
import { type Embedded, explainStart, startEmbedded } from './embedded.ts';
import { StartFailed } from './keeper.ts';
import { choosePort, isPortFree } from './ports.ts';
import { type EmbeddedSettings, type ServiceKind, serviceKinds } from './programs.ts';

export interface UpOptions {
  readonly port: string;
  readonly host: string;
  readonly dataDir: string;
  readonly instances?: string;
}

export async function up(options: UpOptions, say: Say): Promise<void> {
  const settings = await parseSettings(options);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
  const startedAt = performance.now();
  console.log(
    say({
      ja: `ImageFlowCanvas を起動しています（データ: ${settings.dataDir}）`,
      en: `Starting ImageFlowCanvas (data: ${settings.dataDir})`,
    }),
  );
  const embedded = await start(settings, say, stopping.signal);
  if (embedded === undefined) return;
  await welcome(embedded, settings, performance.now() - startedAt, say);
  if (!stopping.signal.aborted) await new Promise((done) => stopping.signal.addEventListener('abort', done, { once: true }));
  console.log(say({ ja: '\n停止しています。実行中の処理が終わるのを待ちます…', en: '\nStopping; running work is finished first…' }));
  await embedded.stop();
  console.log(say({ ja: '停止しました。', en: 'Stopped.' }));
}

async function start(settings: EmbeddedSettings, say: Say, signal: AbortSignal): Promise<Embedded | undefined> {
  try {
    return await startEmbedded(settings, showProgress(say), signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    if (!(error instanceof StartFailed)) throw error;
    const logs = join(settings.dataDir, 'logs');
    throw new Stop(
      'failed',
      `${error.program} を起動できませんでした: ${explainStart(error)}\nログ: ${logs}`,
      `${error.program} could not be started: ${explainStart(error)}\nLogs: ${logs}`,
      error,
    );
  }
}

function showProgress(say: Say) {
  return {
    onReady: (program: string) => console.log(`  ✓ ${program}`),
    onDeath: (program: string, how: string, restartInMs: number) => {
      const seconds = (restartInMs / 1000).toFixed(1);
      console.error(
        say({
          ja: `  ! ${program} が止まりました（${how}）。${seconds} 秒後に再起動します`,
          en: `  ! ${program} ${how}; starting it again in ${seconds} s`,
        }),
      );
    },
  };
}

async function welcome(embedded: Embedded, settings: EmbeddedSettings, tookMs: number, say: Say): Promise<void> {
  const { address, grpcPort } = embedded;
  const first = await readFirstLogin(settings.dataDir);
  const seconds = (tookMs / 1000).toFixed(1);
  const server = settings.port === 8080 ? '' : ` --server ${address}`;
  const lines = [
    '',
    say({ ja: `準備ができました（${seconds} 秒）: ${address}`, en: `Ready in ${seconds} s: ${address}` }),
    `  REST ${address}/api/docs   gRPC localhost:${grpcPort}   logs ${embedded.logFolder}`,
    ...(first === undefined
      ? []
      : [
          '',
          say({ ja: '最初のログイン（ログイン後に変更してください）:', en: 'First login (change it after signing in):' }),
          ...first.map((line) => `  ${line}`),
        ]),
    '',
    say({ ja: '別の端末で試す:', en: 'Try, in another terminal:' }),
    `  npx imageflow login${server}`,
    `  npx imageflow run quality-inspection-v1 samples/defects --out results${server}`,
    `  npx imageflow run coco-detection samples/photos/chelsea.png --out results${server}`,
    '',
    say({ ja: 'Ctrl-C で停止します。', en: 'Ctrl-C stops it.' }),
  ];
  console.log(lines.join('\n'));
}

async function readFirstLogin(dataDir: string): Promise<readonly string[] | undefined> {
  const text = await readFile(join(dataDir, 'first-login.txt'), 'utf8').catch(() => undefined);
  return text?.trim().split('\n');
}

async function parseSettings(options: UpOptions): Promise<EmbeddedSettings> {
  const wanted = parsePort(options.port);
  if (!(await isPortFree(wanted, options.host))) {
    throw new Stop(
      'failed',
      `ポート ${wanted} は使用中です。すでに起動していませんか。別のポートは --port で指定できます（例: npm start -- --port ${wanted + 1}）`,
      `Port ${wanted} is in use. Is it running already? Choose another with --port, e.g. npm start -- --port ${wanted + 1}`,
    );
  }
  const port = wanted === 0 ? await choosePort(0) : wanted;
  return {
    host: options.host,
    port,
    dataDir: resolve(options.dataDir),
    instances: parseInstances(options.instances),
    localPassword: undefined,
  };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65535) return port;
  throw new Stop('usage', `--port は 0 から 65535 の数です（指定: ${text}）`, `--port must be a number from 0 to 65535, not ${text}`);
}

/** "resize=2,ai-detection=2" */
export function parseInstances(text: string | undefined): Readonly<Record<ServiceKind, number>> {
  const instances: Record<ServiceKind, number> = { resize: 1, 'ai-detection': 1, filter: 1 };
  for (const part of (text ?? '').split(',').filter((word) => word.trim() !== '')) {
    const [name = '', count = ''] = part.trim().split('=');
    const kind = serviceKinds.find((known) => known === name);
    const number = Number(count);
    if (kind === undefined || !Number.isInteger(number) || number < 1 || number > 64) throw wrongInstances(part);
    instances[kind] = number;
  }
  return instances;
}

function wrongInstances(part: string): Stop {
  const kinds = serviceKinds.join(', ');
  return new Stop(
    'usage',
    `--instances は「resize=2,ai-detection=2」の形です（${kinds}、1 から 64）。読めない部分: ${part}`,
    `--instances is written like "resize=2,ai-detection=2" (${kinds}; 1 to 64). Not understood: ${part}`,
  );
}
