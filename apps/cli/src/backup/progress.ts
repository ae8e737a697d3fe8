/** How far a backup or restore is: one line that is rewritten on a terminal, nothing elsewhere (logs of a nightly job stay short). */
import type { Say } from '../language.ts';

export interface Progress {
  table(name: string, rows: number): void;
  objects(done: number, total: number, bytes: number): void;
  close(): void;
}

export function showProgress(say: Say, stream: NodeJS.WriteStream = process.stderr): Progress {
  const isTerminal = stream.isTTY === true;
  let drawnAt = 0;
  const draw = (text: string, isLast = false): void => {
    if (!isTerminal || (!isLast && performance.now() - drawnAt < 100)) return;
    drawnAt = performance.now();
    stream.write(`\r\u001b[2K${text.slice(0, (stream.columns ?? 80) - 1)}`);
  };
  return {
    table: (name, rows) => draw(say({ ja: `データベース ${name}: ${rows} 行`, en: `Database ${name}: ${rows} rows` })),
    objects: (done, total, bytes) =>
      draw(
        say({ ja: `オブジェクト ${done}/${total}（${megabytes(bytes)}）`, en: `Objects ${done}/${total} (${megabytes(bytes)})` }),
        done === total,
      ),
    close: () => {
      if (isTerminal) stream.write('\r\u001b[2K');
    },
  };
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
