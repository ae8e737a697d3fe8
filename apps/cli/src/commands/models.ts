/** `imageflow models …` */
import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Client, Output } from '@imageflow/client';
import { modelRoutes } from '@imageflow/contract';
import { Stop } from '../exit.ts';
import type { Say } from '../language.ts';
import { formatTable } from '../table.ts';

type Model = Output<typeof modelRoutes.getModel>;

/** Checking a large model loads it into every instance. */
const addLimitMs = 300_000;

export async function listModels(client: Client, isJson: boolean, say: Say): Promise<void> {
  const { items } = await client.call(modelRoutes.listModels, {});
  if (isJson) return console.log(JSON.stringify(items, null, 2));
  const head = [
    say({ ja: '名前', en: 'name' }),
    say({ ja: '種類', en: 'task' }),
    say({ ja: 'クラス', en: 'classes' }),
    say({ ja: '入力', en: 'input' }),
    say({ ja: '出所', en: 'origin' }),
    say({ ja: 'ライセンス', en: 'licence' }),
    'sha256',
    say({ ja: '不具合', en: 'fault' }),
  ];
  console.log(formatTable(head, items.map(toRow)));
}

function toRow(model: Model): string[] {
  return [
    model.name,
    model.task,
    String(model.class_names.length),
    model.input_width === 0 ? '–' : `${model.input_width}×${model.input_height}`,
    model.origin,
    model.license.length > 24 ? `${model.license.slice(0, 23)}…` : model.license,
    model.sha256.slice(0, 12),
    model.instances.find((instance) => instance.fault !== null)?.fault ?? '',
  ];
}

export interface AddModelOptions {
  readonly name?: string;
  readonly labels?: string;
  readonly license?: string;
}

export async function addModel(client: Client, file: string, options: AddModelOptions, say: Say): Promise<void> {
  const form = new FormData();
  if (options.name !== undefined) form.set('name', options.name);
  if (options.labels !== undefined) form.set('labels', await readFile(options.labels, 'utf8').catch(unreadable(options.labels)));
  if (options.license !== undefined) form.set('license', options.license);
  form.set('file', await openAsBlob(file).catch(unreadable(file)), basename(file));
  const model = await client.call(modelRoutes.addModel, { form }, { timeoutMs: addLimitMs });
  const classes = model.class_names.length;
  console.log(
    say({
      ja: `モデル ${model.name} を追加しました（${model.task}、${classes} クラス）`,
      en: `Added the model ${model.name} (${model.task}, ${classes} classes)`,
    }),
  );
}

export async function removeModel(client: Client, name: string, say: Say): Promise<void> {
  await client.call(modelRoutes.deleteModel, { params: { name } });
  console.log(say({ ja: `モデル ${name} を削除しました`, en: `Removed the model ${name}` }));
}

function unreadable(file: string): (error: unknown) => never {
  return (error) => {
    throw new Stop('usage', `${file} を読めません`, `${file} cannot be read`, error);
  };
}
