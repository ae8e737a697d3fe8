/** The images a run leaves in its folder: what the pipeline made, and what was found drawn on the original. */
import { createWriteStream } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from '@imageflow/client';
import { fileRoutes } from '@imageflow/contract';
import { annotate } from './annotate.ts';
import { detectionsOf, type Execution } from './execute.ts';
import type { ImageFile } from './images.ts';

export interface Kept {
  /** File names within the folder. */
  readonly outputs: readonly string[];
  /** null: the pipeline looks for nothing, or the image cannot be drawn here. */
  readonly annotated: string | null;
}

const downloadLimitMs = 300_000;

export async function keepImages(client: Client, image: ImageFile, execution: Execution, folder: string): Promise<Kept> {
  const stem = basename(image.name, extname(image.name));
  const outputs: string[] = [];
  for (const output of execution.output_files) {
    const name = `${stem}.${output.step_id}${extname(output.filename)}`;
    await download(client, output.file_id, join(folder, name));
    outputs.push(name);
  }
  const isDrawn = execution.status === 'completed' && looksForObjects(execution);
  return { outputs, annotated: isDrawn ? await draw(image, execution, folder, `${stem}.annotated.jpg`) : null };
}

async function download(client: Client, id: string, file: string): Promise<void> {
  const { response } = await client.send(fileRoutes.downloadFile, { params: { id } }, { timeoutMs: downloadLimitMs });
  if (response.body === null) return;
  // fetch's own type of stream and Node's are the same thing under two names.
  await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), createWriteStream(file));
}

/** A detector that found nothing still says which model looked. */
function looksForObjects({ steps }: Execution): boolean {
  return steps.some((step) => step.detections.length > 0 || (step.model !== null && step.attributes.classifications === undefined));
}

/** The result of an image that cannot be drawn here counts all the same. */
async function draw(image: ImageFile, execution: Execution, folder: string, name: string): Promise<string | null> {
  return annotate(image.path, detectionsOf(execution), join(folder, name)).then(
    () => name,
    () => null,
  );
}
