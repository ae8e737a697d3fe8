/** The AI service stands still for a minute under a stream that needs it: nothing piles up, and the stream is live again soon after. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { startCamera } from '../../../scripts/servers/index.ts';
import { send } from '../../fault/platform.ts';
import { defectPipeline, type StreamPlant } from './plant.ts';
import { audit, type Outcome, type TrialNeeds } from './trial.ts';
import type { Seen, StreamWatch } from './watch.ts';

const stallMs = 60_000;
const everyMs = 100;
/** Of the latency that is normal: measured before. */
const steadyMs = 10_000;
const backMs = 2_000;
/** What a result may be older than the oldest before, on a machine that may have other work. */
const slackMs = 100;

export async function runStall({ plant, log }: TrialNeeds): Promise<Outcome> {
  const camera = await startCamera();
  try {
    const id = await plant.add('stall', { kind: 'rtsp', url: camera.url }, { pipeline_id: defectPipeline.pipeline_id });
    await plant.until(id, ({ figures }) => (figures?.fps_out ?? 0) > 5);
    const watch = await plant.watch(id);
    await pause(steadyMs);
    const normal = Math.max(...latencies(watch.seen.slice(10)));
    const outcome = await stallOnce(plant, id, watch, normal + slackMs, log);
    watch.close();
    await plant.remove(id);
    return outcome;
  } finally {
    await camera.remove();
  }
}

async function stallOnce(
  plant: StreamPlant,
  id: string,
  watch: StreamWatch,
  normalMs: number,
  log: (line: string) => void,
): Promise<Outcome> {
  const victim = await pidOf(plant);
  if (victim === undefined) throw new Error('there is no AI service');
  const anomalies = new Set<string>();
  const [before, stoppedAt] = [watch.seen.length, performance.now()];
  send(victim, 'SIGSTOP');
  log(`the AI service (${victim}) stands still`);
  const look = async (): Promise<void> => {
    const { figures } = await plant.status(id);
    if (figures !== null) for (const anomaly of audit(figures)) anomalies.add(anomaly);
    await pause(everyMs);
  };
  let isRestarted = false;
  while (performance.now() - stoppedAt < stallMs && !isRestarted) {
    await look();
    isRestarted = (await pidOf(plant)) !== victim;
  }
  if (!isRestarted) send(victim, 'SIGCONT');
  const movesAt = isRestarted ? await untilReady(plant) : performance.now();
  log(isRestarted ? `it was started again after ${Math.round(movesAt - stoppedAt)} ms` : 'it goes on');
  const meanwhile = watch.seen.slice(before);
  const limit = performance.now() + 15_000;
  while (performance.now() < limit) await look();

  const after = watch.seen.filter(({ at }) => at > movesAt);
  const late = after.findLast((one) => !isLive(one, normalMs));
  const backAfterMs = late === undefined ? 0 : Math.round(late.at - movesAt);
  const steady = after.filter(({ at }) => at > movesAt + backMs);
  if (backAfterMs > backMs || steady.length < 50)
    anomalies.add(`not as before ${backMs} ms after: ${backAfterMs} ms, ${steady.length} frames`);
  const programs = (await plant.programs()).filter(({ kind }) => kind === 'ai-detection');
  if (programs.length !== 1) anomalies.add(`${programs.length} AI services`);
  return {
    figures: {
      normalMs,
      stillMs: Math.round(movesAt - stoppedAt),
      isRestarted,
      answeredMeanwhile: meanwhile.length,
      longestMeanwhileMs: Math.max(...latencies(meanwhile)),
      errors: count(meanwhile.map(({ error }) => error ?? 'none')),
      backAfterMs,
      longestAfterMs: Math.max(...latencies(steady)),
    },
    anomalies: [...anomalies, ...watch.anomalies],
  };
}

const latencies = (seen: readonly Seen[]): readonly number[] => seen.map(({ latencyMs }) => latencyMs);

const isLive = ({ error, latencyMs }: Seen, normalMs: number): boolean => error === undefined && latencyMs <= normalMs;

function count(words: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries([...new Set(words)].map((word) => [word, words.filter((one) => one === word).length]));
}

async function pidOf(plant: StreamPlant): Promise<number | undefined> {
  return (await plant.programs()).find(({ kind }) => kind === 'ai-detection')?.pid;
}

/** When it takes calls again, ms of `performance.now()`. */
async function untilReady(plant: StreamPlant): Promise<number> {
  const [host, port] = (await plant.addressOf('AIDetectionService')).split(':');
  for (;;) {
    const socket = connect(Number(port), host);
    const isUp = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isUp) return performance.now();
    await pause(20);
  }
}
