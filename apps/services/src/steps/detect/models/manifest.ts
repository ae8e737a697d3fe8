/** The models that come with the platform: models/models.json and what it names. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { LocalizedText } from '@imageflow/core';
import { z } from 'zod';
import { adapters } from './contract.ts';
import { parseLabels } from './names.ts';

export const shippedFolder = resolve(import.meta.dirname, '../../../../../../models');

export interface ShippedModel {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly license: string;
  readonly description: LocalizedText;
  readonly classNames: readonly string[];
  /** Methods that use it when no model is named. */
  readonly defaultFor: readonly string[];
  readonly confidenceThreshold: number;
  readonly iouThreshold: number;
}

const entry = z.object({
  name: z.string(),
  file: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  license: z.string(),
  adapter: z.enum(adapters),
  default_for: z.array(z.string()),
  confidence_threshold: z.number().min(0).max(1),
  iou_threshold: z.number().min(0).max(1),
  classes: z.array(z.string()).optional(),
  labels: z.string().optional(),
  description: z.object({ ja: z.string(), en: z.string() }),
});

const manifest = z.object({ models: z.array(entry) });

/** Throws when the manifest or a labels file is broken: then the installation is. */
export async function readManifest(folder: string = shippedFolder): Promise<readonly ShippedModel[]> {
  const { models } = manifest.parse(JSON.parse(await readFile(join(folder, 'models.json'), 'utf8')));
  return Promise.all(
    models.map(async (model) => ({
      name: model.name,
      path: join(folder, model.file),
      sha256: model.sha256,
      license: model.license,
      description: model.description,
      classNames: model.classes ?? (await readLabels(join(folder, model.labels ?? ''))),
      defaultFor: model.default_for,
      confidenceThreshold: model.confidence_threshold,
      iouThreshold: model.iou_threshold,
    })),
  );
}

export async function readImageNetLabels(folder: string = shippedFolder): Promise<readonly string[]> {
  return readLabels(join(folder, 'labels/imagenet-1k.txt'));
}

async function readLabels(path: string): Promise<readonly string[]> {
  const labels = parseLabels(await readFile(path, 'utf8'));
  if (labels === undefined) throw new Error(`${path} holds no labels`);
  return labels;
}
