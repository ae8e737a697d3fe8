/** Starts and asks bare-compute processes. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface Floor {
  /** Times of `count` images, `lanes` at a time, ms. */
  run(count: number, lanes: number): Promise<readonly number[]>;
  readonly pid: number;
  stop(): Promise<void>;
}

/** `inspect` is the pipeline of rows 1 and 2, `resize` its first step written to a JPEG. */
export async function startFloor(kind: 'inspect' | 'resize', imagePath: string, threads = 1): Promise<Floor> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'worker.ts'), [kind, imagePath, String(threads)]);
  await answerOf(child);
  return {
    async run(count, lanes) {
      child.send({ count, lanes });
      return (await answerOf(child)) as number[];
    },
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

/** The next message; rejects when the process ends instead. */
async function answerOf(child: ChildProcess): Promise<unknown> {
  const cancel = new AbortController();
  const { signal } = cancel;
  try {
    const ended = once(child, 'exit', { signal }).then(() => Promise.reject(new Error('The bare-compute process has ended')));
    const [message] = (await Promise.race([once(child, 'message', { signal }), ended])) as unknown[];
    return message;
  } finally {
    cancel.abort();
  }
}
