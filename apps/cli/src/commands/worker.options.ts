/** The options of `imageflow worker`. */
import type { Build } from '../help.ts';

export function addWorker({ program, config, say, examples }: Build): void {
  const command = program
    .command('worker')
    .description(
      say(
        'バックエンドと同じ PostgreSQL・S3・Kafka を使い、待ち行列の実行を処理します。異常終了したら再起動します',
        'Runs executions from the queue, on the PostgreSQL, S3 and Kafka of the backends; started again when it dies',
      ),
    )
    .option(
      '--port <number>',
      say('監視用（/readyz、/metrics）のポート（0: 空いているもの）', 'Port of /readyz and /metrics (0: any free one)'),
    )
    .option('--concurrency <number>', say('同時に実行する数', 'Executions at the same time'))
    .action(async (options) => (await import('./worker.ts')).worker(options, config));
  examples(command, [
    'IMAGEFLOW_DATABASE_URL=postgres://… IMAGEFLOW_OBJECTS_URL=s3://… IMAGEFLOW_BUS_URL=kafka://… imageflow worker',
    'imageflow worker --concurrency 8 --port 9090',
  ]);
}
