/** Live video over WebSocket as browsers send it, and in the binary form. */
import { makeClip } from '../clip.ts';
import { round } from '../figures.ts';
import { lookBare } from '../load/bare.ts';
import { playClip } from '../load/camera.ts';
import { startCameraPlatform } from '../load/platform.ts';
import { describe, prefixed } from '../load/report.ts';
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  number: 7,
  name: 'WebSocket camera stream, 720p JPEG at 15 fps, JSON with base64; the binary form beside it',
  goal: 'JSON: p50 < 50 ms, p99 < 100 ms, nothing dropped',
  variants: ['real', 'gateway'],
  async run({ isQuick, variants, log }) {
    const clip = await makeClip();
    const cameras = await startCameraPlatform(variants);
    try {
      const bare = await lookBare(clip, isQuick ? 20 : 300);
      log(`bare: ${JSON.stringify(bare)}`);
      const play = (form: 'json' | 'binary', seconds: number) => playClip(cameras.overSocket(form), { clip, fps: 15, seconds });
      await play('json', isQuick ? 2 : 10);
      const json = await play('json', isQuick ? 10 : 60);
      log(`JSON: ${JSON.stringify(describe(json))}`);
      const binary = await play('binary', isQuick ? 10 : 60);
      const [figures, other] = [describe(json), describe(binary)];
      return {
        subject: { ...figures, ...prefixed('binary_', other) },
        baseline: bare,
        ratios: {
          p50_to_bare: round(Number(figures.p50_ms) / bare.p50_ms),
          json_p50_to_binary: round(Number(figures.p50_ms) / Number(other.p50_ms)),
        },
        isMet:
          Number(figures.p50_ms) < 50 &&
          Number(figures.p99_ms) < 100 &&
          json.counts.dropped === 0 &&
          json.failed + json.astray + binary.failed + binary.astray === 0,
      };
    } finally {
      await cameras.close();
    }
  },
};
