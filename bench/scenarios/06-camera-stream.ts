/** Live video over gRPC: a 720p camera at 30 frames a second, then one that is too fast. */
import { makeClip } from '../clip.ts';
import { round } from '../figures.ts';
import { lookBare } from '../load/bare.ts';
import { playClip, type StreamFigures } from '../load/camera.ts';
import { startCameraPlatform } from '../load/platform.ts';
import { describe, growthOf, prefixed } from '../load/report.ts';
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  number: 6,
  name: 'gRPC camera stream, 720p JPEG: resize 640, detect at 320; 30 fps, then 60 fps',
  goal: '30 fps: p50 < 30 ms, p99 < 50 ms, nothing dropped; 60 fps: p95 < 2 frame times of the service, p95 of the last minute ≤ 1.2 × the first',
  variants: ['real', 'gateway'],
  async run({ isQuick, variants, log }) {
    const clip = await makeClip();
    const cameras = await startCameraPlatform(variants);
    try {
      const bare = await lookBare(clip, isQuick ? 20 : 300);
      log(`bare: ${JSON.stringify(bare)}`);
      const play = (fps: number, seconds: number) => playClip(cameras.overGrpc(), { clip, fps, seconds });
      await play(30, isQuick ? 2 : 10);
      const live = await play(30, isQuick ? 10 : 60);
      log(`30 fps: ${JSON.stringify(describe(live))}`);
      return judge(bare, live, await play(60, isQuick ? 10 : 600));
    } finally {
      await cameras.close();
    }
  },
};

function judge(bare: Awaited<ReturnType<typeof lookBare>>, live: StreamFigures, fast: StreamFigures) {
  const [normal, pressed] = [describe(live), describe(fast)];
  const frameMs = (fast.answers.at(-1)?.atMs ?? 0) / fast.answers.length;
  const ratios = {
    p50_to_bare: round(Number(normal.p50_ms) / bare.p50_ms),
    overloaded_p95_in_frame_times: round(Number(pressed.p95_ms) / frameMs),
    overloaded_p95_last_to_first_minute: growthOf(fast.answers),
  };
  return {
    subject: { ...normal, ...prefixed('overloaded_', { ...pressed, service_frame_ms: round(frameMs) }) },
    baseline: bare,
    ratios,
    isMet:
      Number(normal.p50_ms) < 30 &&
      Number(normal.p99_ms) < 50 &&
      live.counts.dropped === 0 &&
      live.failed + fast.failed + live.astray + fast.astray === 0 &&
      ratios.overloaded_p95_in_frame_times < 2 &&
      ratios.overloaded_p95_last_to_first_minute <= 1.2,
  };
}
