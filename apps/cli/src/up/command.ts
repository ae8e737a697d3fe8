/** `imageflow up`: starts everything embedded, says where it is and what to try, and stops it cleanly. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CliConfig } from '../config.ts';
import { exitCodes } from '../exit.ts';
import type { Say } from '../language.ts';
import { outliveReader } from '../output.ts';
import { listOrphans, recordOfThisProcess } from '../running.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import type { EmbeddedSettings } from './programs.ts';
import { parseSettings, refuseTakenPort, type UpOptions } from './settings.ts';

/** As long as a backend may need to let its running work end. */
const orphanLimitMs = 60_000;
const orphanPauseMs = 100;

export async function up(options: UpOptions, config: CliConfig): Promise<void> {
  const { say } = config;
  outliveReader();
  const settings = await parseSettings(options, config);
  const stop = listenForStop();
  const startedAt = performance.now();
  console.log(
    say({
      ja: `ImageFlowCanvas を起動しています（データ: ${settings.dataDir}）`,
      en: `Starting ImageFlowCanvas (data: ${settings.dataDir})`,
    }),
  );
  try {
    await waitForOrphans(settings.dataDir, config, stop.signal);
    await refuseTakenPort(settings);
    const platform = await openRecorded(settings, config, stop.signal);
    stop.onImpatience(platform.kill);
    await welcome(platform, settings, performance.now() - startedAt, say);
    await stop.asked;
    console.log(
      say({
        ja: '\n停止しています。実行中の処理が終わるのを待ちます（もう一度 Ctrl-C ですぐに止めます）…',
        en: '\nStopping; running work is finished first (Ctrl-C again stops at once)…',
      }),
    );
    await platform.stop();
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.exitCode = exitCodes.interrupted;
  }
  console.log(say({ ja: '停止しました。', en: 'Stopped.' }));
}

interface StopRequest {
  /** Aborts when a stop is asked for. */
  readonly signal: AbortSignal;
  readonly asked: Promise<void>;
  /** Called when it is asked for a second time. */
  onImpatience(act: () => void): void;
}

function listenForStop(): StopRequest {
  const stopping = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  let act: () => void = () => undefined;
  const onSignal = () => {
    if (stopping.signal.aborted) act();
    stopping.abort();
    resolve();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return {
    signal: stopping.signal,
    asked: promise,
    onImpatience: (next) => {
      act = next;
    },
  };
}

/** The platform, with the record that lets this user's other commands find it. */
async function openRecorded(settings: EmbeddedSettings, config: CliConfig, signal: AbortSignal): Promise<Embedded> {
  const { say } = config;
  const record = recordOfThisProcess(config.configDir);
  let platform: Embedded | undefined;
  let writing: Promise<void> = Promise.resolve();
  const write = (): Promise<void> => {
    writing = writing.then(writeNow);
    return writing;
  };
  const writeNow = async (): Promise<void> => {
    if (platform === undefined) return;
    const { dataDir, localPassword } = settings;
    const facts = { address: platform.address, data_dir: dataDir, local_password: localPassword, children: [...platform.pids()] };
    // Without it this platform runs all the same; other commands then need a sign-in.
    await record.write(facts).catch((error: unknown) => console.error(`${config.configDir}: ${String(error)}`));
  };
  const hooks = {
    // Before it is ready: one that has opened the data has to be known when this process is killed now.
    onStart: () => void write(),
    onReady: (program: string) => console.log(`  ✓ ${program}`),
    onDeath: (program: string, how: string, restartInMs: number) => {
      const seconds = (restartInMs / 1000).toFixed(1);
      const ja = `  ! ${program} が止まりました（${how}）。${seconds} 秒後に再起動します`;
      console.error(say({ ja, en: `  ! ${program} ${how}; starting it again in ${seconds} s` }));
    },
  };
  platform = await startEmbedded(settings, hooks, signal);
  await write();
  const { stop } = platform;
  return {
    ...platform,
    async stop() {
      await stop();
      await record.remove();
    },
  };
}

/** A start whose predecessor was killed would find the data still in use. */
async function waitForOrphans(dataDir: string, { configDir, say }: CliConfig, signal: AbortSignal): Promise<void> {
  const until = performance.now() + orphanLimitMs;
  for (let round = 0; performance.now() < until && !signal.aborted; round++) {
    if ((await listOrphans(configDir, dataDir)).length === 0) return;
    if (round === 0) {
      const ja = '  前回の実行の終了を待っています…';
      console.log(say({ ja, en: '  Waiting for the end of the last run, whose starter was killed…' }));
    }
    await new Promise((resolve) => setTimeout(resolve, orphanPauseMs));
  }
}

async function welcome(platform: Embedded, settings: EmbeddedSettings, tookMs: number, say: Say): Promise<void> {
  const { address, grpcPort } = platform;
  const first = await readFirstLogin(settings.dataDir);
  const seconds = (tookMs / 1000).toFixed(1);
  const server = settings.port === 8080 ? '' : ` --server ${address}`;
  const lines = [
    '',
    say({ ja: `準備ができました（${seconds} 秒）: ${address}`, en: `Ready in ${seconds} s: ${address}` }),
    `  REST ${address}/api/docs   gRPC localhost:${grpcPort}   ${say({ ja: 'ログ', en: 'logs' })} ${platform.logFolder}`,
    ...(first === undefined
      ? []
      : [
          '',
          say({ ja: '最初のログイン（ログイン後に変更してください）:', en: 'First login (change it after signing in):' }),
          ...first.map((line) => `  ${line}`),
        ]),
    '',
    say({ ja: '別の端末で試す:', en: 'Try, in another terminal:' }),
    `  npx imageflow run quality-inspection-v1 samples/defects --out results${server}`,
    `  npx imageflow run coco-detection samples/photos --out results${server}`,
    `  npx imageflow doctor${server}`,
    '',
    say({ ja: 'Ctrl-C で停止します。', en: 'Ctrl-C stops it.' }),
  ];
  console.log(lines.join('\n'));
}

async function readFirstLogin(dataDir: string): Promise<readonly string[] | undefined> {
  const text = await readFile(join(dataDir, 'first-login.txt'), 'utf8').catch(() => undefined);
  return text?.trim().split('\n');
}
