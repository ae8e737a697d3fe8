/** What the frames of the clip cost without a platform: the same image work in this process, one after the other. */
import { availableParallelism } from 'node:os';
import type { ClipFrame } from '../clip.ts';
import { summarise } from '../figures.ts';
import { openInspector } from '../floor/inspect.ts';

const warmUp = 30;

export async function lookBare(clip: readonly ClipFrame[], count: number) {
  const { look } = await openInspector(availableParallelism());
  const times: number[] = [];
  for (let index = 0; index < warmUp + count; index++) {
    const startedAt = performance.now();
    await look(clip[index % clip.length]?.jpeg ?? Buffer.alloc(0));
    if (index >= warmUp) times.push(performance.now() - startedAt);
  }
  const { p50_ms, p99_ms } = summarise(times);
  return { name: 'bare compute: the same frames in one process, none waits for another', p50_ms, p99_ms };
}
