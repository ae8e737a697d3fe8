/** The files beside a user's model: <name>.json (settings), <name>.names or <name>.txt (labels). */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ModelFault } from './faults.ts';
import { parseLabels, parseNames } from './names.ts';

export interface Sidecar {
  readonly classNames: readonly string[] | undefined;
  readonly license: string | undefined;
  readonly description: string | undefined;
  readonly confidenceThreshold: number | undefined;
  readonly iouThreshold: number | undefined;
  readonly resizeSide: number | undefined;
}

export const sidecarEndings = ['.json', '.names', '.txt'] as const;

const settings = z.object({
  names: z.union([z.array(z.string()), z.record(z.string(), z.string())]).optional(),
  license: z.string().max(500).optional(),
  description: z.string().max(1000).optional(),
  confidence_threshold: z.number().min(0).max(1).optional(),
  iou_threshold: z.number().min(0).max(1).optional(),
  resize: z.number().int().min(1).max(4096).optional(),
});

const textLimitBytes = 8 * 1024 * 1024;

/** `stem` is the model's path without ".onnx". Throws ModelFault when a settings file is there and not valid. */
export async function readSidecar(stem: string): Promise<Sidecar> {
  const json = await readText(`${stem}.json`);
  const own = json === undefined ? {} : parseSettings(json);
  const labels = (await readText(`${stem}.names`)) ?? (await readText(`${stem}.txt`));
  return {
    classNames: own.names === undefined ? parseLabels(labels ?? '') : parseNames(JSON.stringify(own.names)),
    license: own.license,
    description: own.description,
    confidenceThreshold: own.confidence_threshold,
    iouThreshold: own.iou_threshold,
    resizeSide: own.resize,
  };
}

/** A JSON list is only the names. */
function parseSettings(text: string): z.infer<typeof settings> {
  try {
    const value: unknown = JSON.parse(text);
    return settings.parse(Array.isArray(value) ? { names: value } : value);
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll('\n', ' ') : String(cause);
    throw new ModelFault(`横の .json ファイルが正しくありません: ${why}`, `The .json file beside it is not valid: ${why}`, cause);
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const bytes = await readFile(path);
    return bytes.length > textLimitBytes ? undefined : bytes.toString('utf8');
  } catch {
    return undefined;
  }
}
