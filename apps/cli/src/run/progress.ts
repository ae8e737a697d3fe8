/** Live progress: one line that is rewritten on a terminal, one line an image elsewhere. */
import type { Say } from '../language.ts';
import type { Report } from './report.ts';

export interface ProgressLine {
  onProgress(name: string, percent: number, step: string | null): void;
  onDone(report: Report): void;
  close(): void;
}

export function showProgress(total: number, say: Say): ProgressLine {
  const isTerminal = process.stderr.isTTY === true;
  const running = new Map<string, string>();
  let done = 0;
  const draw = (): void => {
    if (!isTerminal) return;
    const parts = [...running].slice(0, 3).map(([name, at]) => `${name} ${at}`);
    const line = `${done}/${total}  ${parts.join('   ')}`;
    process.stderr.write(`\r\u001b[2K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
  };
  return {
    onProgress(name, percent, step) {
      running.set(name, `${Math.round(percent)}%${step === null ? '' : ` ${step}`}`);
      draw();
    },
    onDone(report) {
      done += 1;
      running.delete(report.file);
      if (isTerminal) draw();
      else process.stderr.write(`${done}/${total} ${report.file} ${say(statusText(report.status))}\n`);
    },
    close() {
      if (isTerminal) process.stderr.write('\r\u001b[2K');
    },
  };
}

function statusText(status: string): { ja: string; en: string } {
  if (status === 'completed') return { ja: '完了', en: 'completed' };
  return { ja: status === 'refused' ? '受付不可' : status === 'cancelled' ? 'キャンセル' : '失敗', en: status };
}
