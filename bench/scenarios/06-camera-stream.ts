/** Live video over gRPC: a 720p camera at 30 frames a second, then one that is too fast. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeClip } from '../clip.ts';
import { percentile, round, summarise } from '../figures.ts';
import { makeScratchFolder } from '../inputs.ts';
import { startPlatform } from '../platform.ts';
import type { Figures, Scenario } from '../scenario.ts';
import { runCamera, type StreamFigures } from '../stream-load.ts';

const pipeline = {
  pipeline_id: 'bench-stream',
  name: 'Bench: resize, detect',
  version: '1.0.0',
  description: 'Row 6 of the table of goals',
  execution_mode: 'direct_grpc',
  steps: [
    { step_id: 'resize', service: 'ResizeService', method: 'Resize', parameters: { target_width: 640, target_height: 640 } },
    { step_id: 'detect', service: 'AIDetectionService', method: 'DetectDefects', depends_on: ['resize'] },
  ],
};

export const scenario: Scenario = {
  number: 6,
  name: 'gRPC camera stream, 720p JPEG: resize 640, detect at 320; 30 fps, then 60 fps',
  goal: '30 fps: p50 < 30 ms, p99 < 50 ms, nothing dropped; 60 fps: p95 < 2 frame times of the service, p95 of the last minute ≤ 1.2 × the first',
  async run({ isQuick, log }) {
    const folder = await makeScratchFolder();
    const frames = await makeClip();
    const platform = await startPlatform(join(folder, 'data'));
    try {
      const client = await platform.login();
      await client.definePipeline(pipeline);
      const address = await findService(platform.address, client.authorization);
      const load = { address, pipelineId: pipeline.pipeline_id, frames };
      await runCamera({ ...load, fps: 30, seconds: isQuick ? 2 : 10 });
      const live = await runCamera({ ...load, fps: 30, seconds: isQuick ? 10 : 60 });
      log(`30 fps: ${JSON.stringify(summarise(latencies(live)))}, dropped ${live.dropped}`);
      const fast = await runCamera({ ...load, fps: 60, seconds: isQuick ? 10 : 600 });
      return judge(live, fast);
    } finally {
      await platform.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function findService(address: string, authorization: string): Promise<string> {
  const response = await fetch(`${address}/api/v1/grpc-services`, { headers: { authorization } });
  const { items } = (await response.json()) as { items: { service: string; instances: { address: string }[] }[] };
  const found = items.find(({ service }) => service === 'CameraStreamService')?.instances[0]?.address;
  if (found === undefined) throw new Error('the platform names no CameraStreamService');
  return found;
}

function latencies({ answers }: StreamFigures): number[] {
  return answers.map((answer) => answer.latencyMs);
}

const minuteMs = 60_000;

function judge(live: StreamFigures, fast: StreamFigures) {
  const [normal, pressed] = [describe(live), describe(fast)];
  const lastMs = fast.answers.at(-1)?.atMs ?? 0;
  const frameMs = lastMs / fast.answers.length;
  const within = (from: number, to: number) =>
    fast.answers.filter(({ atMs }) => atMs >= from && atMs < to).map(({ latencyMs }) => latencyMs);
  const growth = percentile(within(lastMs - minuteMs, lastMs), 0.95) / percentile(within(0, minuteMs), 0.95);
  const ratios = {
    overloaded_p95_in_frame_times: round(Number(pressed.p95_ms) / frameMs),
    overloaded_p95_last_to_first_minute: round(growth),
    unaccounted: live.sent - live.answers.length - live.dropped + fast.sent - fast.answers.length - fast.dropped,
  };
  return {
    subject: { ...normal, ...prefixed('overloaded_', { ...pressed, service_frame_ms: round(frameMs) }) },
    ratios,
    isMet:
      Number(normal.p50_ms) < 30 &&
      Number(normal.p99_ms) < 50 &&
      live.dropped === 0 &&
      live.failed + fast.failed === 0 &&
      ratios.overloaded_p95_in_frame_times < 2 &&
      ratios.overloaded_p95_last_to_first_minute <= 1.2 &&
      ratios.unaccounted === 0,
  };
}

function describe(figures: StreamFigures): Figures {
  const { sent, dropped, failed, detections } = figures;
  const infer = round(
    percentile(
      figures.answers.map((answer) => answer.inferMs),
      0.5,
    ),
  );
  return { ...summarise(latencies(figures)), infer_p50_ms: infer, sent, dropped, failed, detections };
}

function prefixed(prefix: string, figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [prefix + name, value]));
}
