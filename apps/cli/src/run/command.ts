/** `imageflow run`: images in, results out, on a running server or one started for the purpose. */
import { mkdir } from 'node:fs/promises';
import type { Client } from '@imageflow/client';
import type { CliConfig } from '../config.ts';
import { exitCodes, Stop } from '../exit.ts';
import { listenForInterrupt } from '../interrupt.ts';
import type { Say } from '../language.ts';
import { executeImage, type RunSettings } from './execute.ts';
import { findImages, type ImageFile } from './images.ts';
import { keepImages } from './keep.ts';
import { parseParameters } from './parameters.ts';
import { type ProgressLine, showProgress } from './progress.ts';
import { type Report, reportOn, toTable, writeResults } from './report.ts';
import { checkPipeline, openRunServer } from './server.ts';

export interface RunOptions {
  readonly out?: string;
  readonly json?: boolean;
  readonly param?: readonly string[];
  readonly priority?: string;
  readonly server?: string;
  readonly dataDir: string;
}

/** Images on their way at the same time: enough to keep the services busy, few enough to be fair to others. */
const lanes = 4;

export async function run(pipeline: string, paths: readonly string[], options: RunOptions, config: CliConfig): Promise<void> {
  const { say } = config;
  const images = await findImages(paths);
  const parameters = parseParameters(options.param ?? []);
  if (options.out !== undefined) await makeFolder(options.out);
  const stopping = listenForInterrupt();
  const server = await openRunServer(options, config, stopping.signal);
  try {
    await checkPipeline(server.client, pipeline);
    const line = showProgress(images.length, say);
    const settings: RunSettings = {
      pipeline,
      parameters,
      priority: options.priority,
      onProgress: (image, percent, step) => line.onProgress(image.name, percent, step),
    };
    const { reports, fault } = await runAll(server.client, images, settings, options.out, line, stopping);
    line.close();
    // What was done before a fault is not lost.
    if (fault === undefined || reports.length > 0) await show(reports, pipeline, options, say);
    if (fault !== undefined) throw fault;
    process.exitCode = reports.every((report) => report.status === 'completed') ? exitCodes.ok : exitCodes.failed;
  } finally {
    await server.close();
  }
}

interface Outcome {
  /** In the order of the images; those that were not finished are left out. */
  readonly reports: readonly Report[];
  /** Of the server, the sign-in or the whole run: the first one ends it. */
  readonly fault: unknown;
}

async function runAll(
  client: Client,
  images: readonly ImageFile[],
  settings: RunSettings,
  out: string | undefined,
  line: ProgressLine,
  stopping: AbortController,
): Promise<Outcome> {
  const reports: (Report | undefined)[] = [];
  let fault: unknown;
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < images.length && fault === undefined; at = next++) {
      const image = images[at];
      if (image === undefined) return;
      const result = await executeImage(client, image, settings, stopping.signal);
      const isKept = out !== undefined && result.kind === 'ended';
      const report = reportOn(result, isKept ? await keepImages(client, image, result.execution, out) : undefined);
      reports[at] = report;
      line.onDone(report);
    }
  };
  const stopAll = (error: unknown): void => {
    // Of the calls that an abort ends each has its own words; the reason is the first fault.
    fault ??= stopping.signal.aborted ? stopping.signal.reason : error;
    stopping.abort(error);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, images.length) }, () => lane().catch(stopAll)));
  return { reports: reports.filter((report) => report !== undefined), fault };
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new Stop('usage', `${folder} を作れません: ${String(error)}`, `${folder} cannot be made: ${String(error)}`, error);
  });
}

async function show(reports: readonly Report[], pipeline: string, options: RunOptions, say: Say): Promise<void> {
  const file = options.out === undefined ? undefined : await writeResults(reports, pipeline, options.out);
  if (options.json === true) {
    console.log(JSON.stringify(reports, null, 2));
    return;
  }
  console.log(toTable(reports, say));
  if (file !== undefined) console.log(say({ ja: `\n結果: ${file}`, en: `\nResults: ${file}` }));
}
