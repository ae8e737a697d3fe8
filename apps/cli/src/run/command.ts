/** `imageflow run`: images in, results out, on a running server or one started for the purpose. */
import { mkdir } from 'node:fs/promises';
import { exitCodes } from '../exit.ts';
import type { Language, Say } from '../language.ts';
import { executeImage, type RunSettings } from './execute.ts';
import { findImages } from './images.ts';
import { parseParameters } from './parameters.ts';
import { showProgress } from './progress.ts';
import { type Report, reportOn, toTable, writeResults } from './report.ts';
import { openServer } from './server.ts';

export interface RunOptions {
  readonly out?: string;
  readonly json?: boolean;
  readonly param: readonly string[];
  readonly priority?: string;
  readonly server?: string;
  readonly dataDir: string;
}

/** Images on their way at the same time: enough to keep the services busy, few enough to be fair to others. */
const lanes = 4;

export async function run(pipeline: string, paths: readonly string[], options: RunOptions, language: Language, say: Say): Promise<void> {
  const images = await findImages(paths);
  const parameters = parseParameters(options.param);
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort(new Error('interrupted')));
  const server = await openServer(options, language, say);
  try {
    if (options.out !== undefined) await mkdir(options.out, { recursive: true });
    const line = showProgress(images.length, say);
    const settings: RunSettings = {
      pipeline,
      parameters,
      priority: options.priority,
      onProgress: (image, percent, step) => line.onProgress(image.name, percent, step),
    };
    const reports: Report[] = new Array(images.length);
    let next = 0;
    const lane = async () => {
      for (let at = next++; at < images.length; at = next++) {
        const image = images[at];
        if (image === undefined) return;
        const report = await reportOn(await executeImage(server.client, image, settings, stopping.signal), options.out);
        reports[at] = report;
        line.onDone(report);
      }
    };
    await Promise.all(Array.from({ length: Math.min(lanes, images.length) }, lane)).finally(line.close);
    await show(reports, pipeline, options, say);
    process.exitCode = reports.every((report) => report.status === 'completed') ? exitCodes.ok : exitCodes.failed;
  } finally {
    await server.close();
  }
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
