/** `imageflow worker`: one worker, watched. Its log is this program's output, so that a container or systemd collects it. */
import { join } from 'node:path';
import { type CliConfig, projectDir } from '../config.ts';
import { Stop } from '../exit.ts';
import { outliveReader } from '../output.ts';
import { keepRunning, StartFailed } from '../up/keeper.ts';
import { findReason } from '../up/logs.ts';

export interface WorkerOptions {
  readonly port?: string;
  readonly concurrency?: string;
}

/** As long as a worker may need to let its running work end. */
const stopLimitMs = 45_000;
const silenceLimitMs = 60_000;

export async function worker(options: WorkerOptions, { say }: CliConfig): Promise<void> {
  outliveReader();
  const asked = listenForStop();
  const keeper = keepRunning(
    {
      name: 'worker',
      script: join(projectDir, 'apps/backend/src/main.ts'),
      args: ['worker'],
      env: {
        ...(options.port !== undefined && { IMAGEFLOW_WORKER_PORT: options.port }),
        ...(options.concurrency !== undefined && { IMAGEFLOW_CONCURRENCY: options.concurrency }),
      },
      silenceLimitMs,
    },
    {
      log: process.stdout,
      onStart: () => undefined,
      onReady: () => console.error(say({ ja: 'ワーカーの準備ができました。', en: 'The worker is ready.' })),
      onDeath: (how, delayMs) =>
        console.error(
          say({
            ja: `ワーカーが終了しました（${how}）。${delayMs} ms 後に再起動します`,
            en: `The worker ${how}; it starts again in ${delayMs} ms`,
          }),
        ),
    },
  );
  try {
    await Promise.race([keeper.ready, asked]);
  } catch (error) {
    throw error instanceof StartFailed ? explain(error) : error;
  }
  await asked;
  await keeper.stop(stopLimitMs);
}

function listenForStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

/** In the program's own words. */
function explain(error: StartFailed): Stop {
  const why = findReason(error.output) ?? error.message;
  return new Stop('failed', `ワーカーを起動できませんでした: ${why}`, `The worker could not be started: ${why}`, error);
}
