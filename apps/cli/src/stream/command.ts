/** `imageflow stream`: frames of a camera or a video, read here by ffmpeg, go through a pipeline; what comes back is printed. */
import { findFfmpeg, openReader, type VideoSource } from '@imageflow/adapters/video';
import { type Camera, type CameraAnswer, type Client, openCamera } from '@imageflow/client';
import { authRoutes } from '@imageflow/contract';
import type { CliConfig } from '../config.ts';
import { exitCodes, Stop } from '../exit.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { parseParameters } from '../run/parameters.ts';
import { checkPipeline, openRunServer } from '../run/server.ts';
import { type Clip, openClip } from './clip.ts';
import { createStreamFigures } from './figures.ts';
import { statsLine, summary, toJsonLine, toLine } from './lines.ts';
import { checkOut, parseFps, parseSeconds, parseVideoSource } from './settings.ts';

export interface StreamOptions {
  readonly pipeline: string;
  readonly param?: readonly string[];
  readonly maxFps: string;
  readonly seconds?: string;
  readonly showStats?: boolean;
  readonly out?: string;
  readonly json?: boolean;
  readonly server?: string;
  readonly dataDir: string;
}

/** For the answers that are due when the source has ended, and after Ctrl-C. */
const finishMs = 10_000;

export async function stream(text: string, options: StreamOptions, config: CliConfig): Promise<void> {
  const parameters = parseParameters(options.param ?? []);
  const [fps, limitMs, out] = [parseFps(options.maxFps), parseSeconds(options.seconds), checkOut(options.out)];
  const source = await parseVideoSource(text, config);
  const ffmpeg = await findFfmpeg(config.ffmpeg, config.path);
  const stopping = listenForInterrupt();
  const server = await openRunServer(options, config, stopping.signal);
  try {
    await checkPipeline(server.client, options.pipeline);
    await checkMayStream(server.client);
    const clip = out === undefined ? undefined : await openClip(out, fps, ffmpeg);
    const view = createView(options, clip, config);
    const camera = openCamera(server.client, {
      pipelineId: options.pipeline,
      parameters,
      output: clip === undefined ? 'none' : 'image',
      onAnswer: view.onAnswer,
      onTrouble: (error) => console.error(`! ${error.message}`),
    });
    const stopStats = options.showStats === true ? view.showStats(camera) : () => undefined;
    const fault = await play(source, { camera, fps, ffmpeg, limitMs, signal: stopping.signal });
    stopStats();
    if (camera.counts().offered > 0) view.summarise(camera);
    const written = await clip?.close();
    if (written !== undefined) console.error(`${out} (${written.seconds.toFixed(1)} s)`);
    if (fault !== undefined) throw fault;
    process.exitCode = camera.counts().failed === 0 ? exitCodes.ok : exitCodes.failed;
  } finally {
    await server.close();
  }
}

interface Play {
  readonly camera: Camera;
  readonly fps: number;
  readonly ffmpeg: string;
  readonly limitMs: number | undefined;
  readonly signal: AbortSignal;
}

/** Until the source, the time or the server ends it; answers why when that is no good end. Leaves no process and no connection. */
async function play(source: VideoSource, { camera, fps, ffmpeg, limitMs, signal }: Play): Promise<unknown> {
  const interrupted = new Promise<unknown>((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });
  // A file would lose its first frames while the server gets ready.
  await Promise.race([camera.ready, interrupted]);
  const reader = await openReader(source, { ffmpeg, maxFps: fps, onFrame: (frame) => camera.offer(frame) });
  let timer: NodeJS.Timeout | undefined;
  const timeIsUp = new Promise<undefined>((resolve) => {
    if (limitMs !== undefined) timer = setTimeout(() => resolve(undefined), limitMs);
  });
  // Whoever read the lines has seen enough, as `head` does.
  const isUnread = new Promise<undefined>((resolve) => process.stdout.once('error', () => resolve(undefined)));
  try {
    return await Promise.race([reader.ended, camera.ended, timeIsUp, interrupted, isUnread]);
  } finally {
    clearTimeout(timer);
    await reader.close();
    await camera.finish(finishMs);
  }
}

function createView(options: StreamOptions, clip: Clip | undefined, { say }: CliConfig) {
  const figures = createStreamFigures(() => performance.now());
  const found = new Map<string, number>();
  const print = options.json === true ? toJsonLine : toLine;
  return {
    onAnswer(answer: CameraAnswer): void {
      figures.answered(answer.latencyMs);
      for (const { class_name } of answer.message.detections) found.set(class_name, (found.get(class_name) ?? 0) + 1);
      clip?.add(answer);
      const line = print(answer);
      if (line !== undefined) console.log(line);
    },
    /** Answers how to stop it. */
    showStats(camera: Camera): () => void {
      const timer = setInterval(() => {
        const { dropped, failed } = camera.counts();
        console.error(statsLine(figures.read(), dropped, failed, say));
      }, 1_000);
      return () => clearInterval(timer);
    },
    summarise: (camera: Camera): void => console.error(summary(camera.counts(), figures.readAll(), found, say)),
  };
}

/** A WebSocket's refusal does not say why. */
async function checkMayStream(client: Client): Promise<void> {
  const { actions, role } = await client.call(authRoutes.me, {});
  if (actions.includes('streams:run')) return;
  throw new Stop(
    'failed',
    `役割「${role}」では映像にパイプラインを実行できません`,
    `The role "${role}" may not run pipelines on live video`,
  );
}
