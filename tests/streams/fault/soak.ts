/** Four streams of different kinds for a long time: neither memory nor latency may grow. */
import { mkdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { makeClip } from '../../../bench/clip.ts';
import { type Counts, type OpenLink, playClip } from '../../../bench/load/camera.ts';
import { overGrpc } from '../../../bench/load/grpc.ts';
import { overSocket } from '../../../bench/load/socket.ts';
import { cpuMs, listTree } from '../../../bench/processes.ts';
import { startCamera } from '../../../scripts/servers/index.ts';
import { makeVideo } from '../videos.ts';
import { changeOf, p95Of, slowed, type Times, windowMs } from './latency.ts';
import { createMemoryLog, memoryFaults } from './memory.ts';
import { defectPipeline, type StreamPlant } from './plant.ts';
import { audit, type Outcome, type TrialNeeds } from './trial.ts';

/** Of each stream: half a core for all four, so that other work on the machine does not make them queue. */
const fps = 5;
const noteMs = 10_000;

export async function runSoak({ plant, durationMs, log }: TrialNeeds): Promise<Outcome> {
  const camera = await startCamera();
  try {
    await mkdir(plant.videos, { recursive: true });
    await makeVideo(join(plant.videos, 'line.mp4'), 20);
    const startedAt = performance.now();
    const now = () => performance.now() - startedAt;
    const sources = [
      await openSource(plant, 'rtsp', { kind: 'rtsp', url: camera.url }),
      await openSource(plant, 'file', { kind: 'file', path: 'line.mp4', loop: true }),
    ];
    const clip = await makeClip();
    const clients = Object.entries(await ways(plant)).map(([name, open]) => {
      const times: Times = [];
      const onAnswer = ({ latencyMs }: { readonly latencyMs: number }) => void times.push({ atMs: now(), latencyMs });
      return { name, times, playing: playClip(open, { clip, fps, seconds: durationMs / 1000, onAnswer }) };
    });
    const timesOf = (): ReadonlyMap<string, Times> =>
      new Map([
        ...sources.map(({ name, watch }) => [name, watch.seen.map(({ at, latencyMs }) => ({ atMs: at - startedAt, latencyMs }))] as const),
        ...clients.map(({ name, times }) => [name, times] as const),
      ]);
    const memory = createMemoryLog(now);
    const minutes: Minute[] = [];
    const looking = look({ plant, memory, timesOf, untilMs: durationMs, now, onMinute: (minute) => void minutes.push(minute), log });
    const played = await Promise.all(clients.map(async ({ name, playing }) => ({ name, ...(await playing) })));
    await looking;

    const [first, last] = [minutes[1], minutes.at(-1)];
    const others = `other programs kept ${first?.otherCores} and ${last?.otherCores} cores busy`;
    const changes = changeOf(timesOf(), durationMs);
    const anomalies = [...slowed(changes).map((text) => `${text}; ${others}`), ...memoryFaults(memory.growth(durationMs / 3))];
    for (const { name, astray, failed, firstError } of played) {
      if (astray > 0) anomalies.push(`${name}: ${astray} frames neither answered nor counted`);
      if (failed > 0) anomalies.push(`${name}: ${failed} frames failed, ${firstError}`);
    }
    const totals: Record<string, unknown> = Object.fromEntries(
      played.map(({ name, sent, counts }) => [name, { sent, ...toCounts(counts) }]),
    );
    for (const { name, id, watch } of sources) {
      const { figures, reconnects } = await plant.status(id);
      const failed = watch.seen.filter(({ error }) => error !== undefined).length;
      if (figures !== null) anomalies.push(...audit(figures).map((text) => `${name}: ${text}`));
      if (failed > 0) anomalies.push(`${name}: ${failed} frames failed`);
      anomalies.push(...watch.anomalies.map((text) => `${name}: ${text}`));
      totals[name] = { received: figures?.received, answered: figures?.answered, dropped: figures?.dropped, reconnects };
      watch.close();
      await plant.remove(id);
    }
    return { figures: { totals, latency: changes, first, last, memory: memory.growth(durationMs / 3) }, anomalies };
  } finally {
    await camera.remove();
  }
}

const toCounts = ({ received, answered, dropped }: Counts): Counts => ({ received, answered, dropped });

async function openSource(plant: StreamPlant, name: string, source: object) {
  const id = await plant.add(`soak-${name}`, source, { pipeline_id: defectPipeline.pipeline_id, max_fps: fps });
  await plant.until(id, ({ figures }) => (figures?.fps_out ?? 0) > 1);
  return { name, id, watch: await plant.watch(id) };
}

async function ways(plant: StreamPlant): Promise<Readonly<Record<string, OpenLink>>> {
  const accessToken = await plant.accessToken();
  const { pipeline_id: pipeline } = defectPipeline;
  return {
    grpc: overGrpc({ address: await plant.addressOf('CameraStreamService'), accessToken }, pipeline),
    socket: overSocket({ address: plant.client.baseUrl, authorization: `Bearer ${accessToken}`, form: 'binary' }, pipeline),
  };
}

interface LookNeeds {
  readonly plant: StreamPlant;
  readonly memory: ReturnType<typeof createMemoryLog>;
  readonly timesOf: () => ReadonlyMap<string, Times>;
  readonly untilMs: number;
  readonly now: () => number;
  readonly onMinute: (minute: Minute) => void;
  readonly log: (line: string) => void;
}

/** What other programs on the machine do to the latency, they hardly do to the work a frame costs. */
interface Minute {
  /** Of all processes of the platform. */
  readonly cpuMsPerFrame: number;
  /** Cores that programs other than this one and those it has started kept busy. */
  readonly otherCores: number;
}

/** Notes memory, and tells of each minute. */
async function look({ plant, memory, timesOf, untilMs, now, onMinute, log }: LookNeeds): Promise<void> {
  const count = () => [...timesOf().values()].reduce((sum, times) => sum + times.length, 0);
  const begin = async () => ({ atMs: now(), frames: count(), machine: await useOfMachine(plant) });
  let before = await begin();
  while (now() < untilMs) {
    await pause(Math.min(noteMs, Math.max(0, untilMs - now())));
    await memory.note(await plant.processes());
    if (now() - before.atMs < windowMs - noteMs / 2) continue;
    const after = await begin();
    const minute = {
      cpuMsPerFrame: Math.round((after.machine.platformMs - before.machine.platformMs) / (after.frames - before.frames)),
      otherCores: Math.round(((after.machine.otherMs - before.machine.otherMs) / (after.atMs - before.atMs)) * 100) / 100,
    };
    const p95 = [...timesOf()].map(([name, times]) => `${name} ${p95Of(times, before.atMs, after.atMs)}`);
    log(`p95 ms: ${p95.join(', ')}; CPU: ${minute.cpuMsPerFrame} ms a frame; other programs: ${minute.otherCores} cores`);
    onMinute(minute);
    before = after;
  }
}

/** Processor time used so far, ms. */
async function useOfMachine(plant: StreamPlant): Promise<{ readonly platformMs: number; readonly otherMs: number }> {
  const busyMs = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  const platformMs = await cpuMs((await plant.processes()).map(({ pid }) => pid));
  return { platformMs, otherMs: busyMs - (await cpuMs(await listTree(process.pid))) };
}
