/** A camera that drops who reads it every ten seconds: read again each time, by one process. */
import { setTimeout as pause } from 'node:timers/promises';
import { startCamera } from '../../../scripts/servers/index.ts';
import { smallPipeline } from './plant.ts';
import { audit, type Outcome, type TrialNeeds } from './trial.ts';
import type { Seen } from './watch.ts';

const dropSeconds = 10;
const cameraFps = 15;
const everyMs = 100;
/** No picture for so long: it was dropped. */
const gapMs = 1_000;
/** A try after half a second, a camera's start, its first key frame; on a machine that may have other work. */
const backMs = 5_000;

export async function runDrops({ plant, durationMs, log }: TrialNeeds): Promise<Outcome> {
  const camera = await startCamera({ dropSeconds });
  const anomalies = new Set<string>();
  try {
    const id = await plant.add('drops', { kind: 'rtsp', url: camera.url }, { pipeline_id: smallPipeline.pipeline_id });
    await plant.until(id, ({ state }) => state === 'running');
    const watch = await plant.watch(id);
    const until = performance.now() + durationMs;
    const counts = { looks: 0, mostReaders: 0, idleLooks: 0 };
    while (performance.now() < until) {
      const [{ state, figures }, readers] = await Promise.all([plant.status(id), plant.readers()]);
      counts.looks += 1;
      counts.mostReaders = Math.max(counts.mostReaders, readers.length);
      if (state === 'running' && readers.length === 0) counts.idleLooks += 1;
      if (figures !== null) for (const anomaly of audit(figures)) anomalies.add(anomaly);
      await pause(everyMs);
    }
    const { reconnects, figures } = await plant.status(id);
    const gaps = gapsOf(watch.seen);
    log(`${reconnects} drops, longest without a picture ${Math.max(...gaps)} ms`);
    watch.close();
    await plant.remove(id);
    const left = await plant.readers();

    const shownMs = durationMs - gaps.reduce((sum, gap) => sum + gap, 0);
    const share = watch.seen.length / ((shownMs / 1000) * cameraFps);
    for (const anomaly of watch.anomalies) anomalies.add(anomaly);
    if (counts.mostReaders > 1) anomalies.add(`${counts.mostReaders} ffmpeg processes for one camera`);
    if (left.length > 0) anomalies.add(`${left.length} ffmpeg processes after the end`);
    if (reconnects < Math.floor(durationMs / 1000 / dropSeconds) - 1)
      anomalies.add(`only ${reconnects} drops: it was not back for the next`);
    if (Math.max(...gaps) > backMs) anomalies.add(`away for ${Math.max(...gaps)} ms`);
    if (share < 0.9) anomalies.add(`only ${(share * 100).toFixed(0)} % of the camera's frames came`);
    const { received, answered, dropped, failed } = figures ?? {};
    return {
      figures: {
        ...counts,
        gaps: gaps.length,
        reconnects,
        gapsMs: summary(gaps),
        received,
        answered,
        dropped,
        failed,
        seen: watch.seen.length,
      },
      anomalies: [...anomalies],
    };
  } finally {
    await camera.remove();
  }
}

function gapsOf(seen: readonly Seen[]): readonly number[] {
  const times = seen.map(({ at }) => at);
  return times.slice(1).flatMap((at, index) => {
    const gap = Math.round(at - (times[index] ?? at));
    return gap > gapMs ? [gap] : [];
  });
}

function summary(gaps: readonly number[]): object {
  const sorted = gaps.toSorted((one, other) => one - other);
  return { shortest: sorted[0], median: sorted[Math.floor(sorted.length / 2)], longest: sorted.at(-1) };
}
