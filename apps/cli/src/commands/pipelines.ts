/** `imageflow pipelines …` */
import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import type { Client, Output } from '@imageflow/client';
import { pipelineRoutes } from '@imageflow/contract';
import { Stop } from '../exit.ts';
import type { Say } from '../language.ts';
import { formatTable } from '../table.ts';
import { collect } from './pages.ts';

type Pipeline = NonNullable<Output<typeof pipelineRoutes.getPipeline>>;

export async function listPipelines(client: Client, isJson: boolean, say: Say): Promise<void> {
  const rows = await collect((cursor) => client.call(pipelineRoutes.listPipelines, { query: { limit: 200, cursor } }));
  if (isJson) return console.log(JSON.stringify(rows, null, 2));
  const head = ['pipeline_id', say({ ja: '名前', en: 'name' }), 'v', say({ ja: 'ステップ', en: 'steps' }), say({ ja: '実行', en: 'mode' })];
  console.log(
    formatTable(
      head,
      rows.map((row) => [row.pipeline_id, row.name, String(row.current_version), String(row.step_count), row.execution_mode]),
    ),
  );
}

/** For people: the steps in a table. */
export async function showPipeline(client: Client, id: string, say: Say): Promise<void> {
  const pipeline = await get(client, id);
  const steps = pipeline.steps.map((step) => [
    step.step_id,
    `${step.service}.${step.method}`,
    step.depends_on.join(', ') || '–',
    Object.entries(step.parameters)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join(' '),
  ]);
  const head = [
    say({ ja: 'ステップ', en: 'step' }),
    say({ ja: '処理', en: 'component' }),
    say({ ja: '先行', en: 'after' }),
    say({ ja: 'パラメータ', en: 'parameters' }),
  ];
  console.log(`${pipeline.pipeline_id}  ${pipeline.name}  v${pipeline.current_version} (${pipeline.version})`);
  if (pipeline.description !== '') console.log(pipeline.description);
  console.log(`\n${formatTable(head, steps)}`);
}

/** The definition alone, as it can be created elsewhere. */
export async function exportPipeline(client: Client, id: string): Promise<void> {
  const { id: _id, current_version: _v, created_by: _by, created_at: _at, updated_at: _to, ...definition } = await get(client, id);
  console.log(JSON.stringify(definition, null, 2));
}

/** A pipeline of that name, if there is one, gets a new version. */
export async function savePipeline(client: Client, file: string, say: Say): Promise<void> {
  const definition = await readDefinition(file);
  const id = typeof definition.pipeline_id === 'string' ? definition.pipeline_id : '';
  const etag = id === '' ? undefined : await findEtag(client, id);
  if (etag === undefined) return createPipeline(client, definition, say);
  const saved = await client.call(pipelineRoutes.updatePipeline, { params: { id }, headers: { 'if-match': etag }, body: definition });
  tellStored(saved, say);
}

/** Refused when there is one of that name. */
export async function createPipeline(client: Client, from: string | Record<string, unknown>, say: Say): Promise<void> {
  const body = typeof from === 'string' ? await readDefinition(from) : from;
  tellStored(await client.call(pipelineRoutes.createPipeline, { body }), say);
}

export async function validatePipeline(client: Client, file: string, say: Say): Promise<void> {
  const answer = await client.call(pipelineRoutes.validatePipeline, { body: await readDefinition(file) });
  if (answer.valid) return console.log(say({ ja: '誤りはありません', en: 'No faults' }));
  for (const fault of answer.validation_errors) console.error(`${fault.field}: ${fault.message}`);
  const count = answer.validation_errors.length;
  throw new Stop('failed', `誤りが ${count} 件あります`, `${count} ${count === 1 ? 'fault' : 'faults'}`);
}

function tellStored(saved: Pipeline, say: Say): void {
  const { pipeline_id: id, current_version: version } = saved;
  console.log(say({ ja: `${id} をバージョン ${version} として保存しました`, en: `Stored ${id} as version ${version}` }));
}

async function get(client: Client, id: string): Promise<Pipeline> {
  const pipeline = await client.call(pipelineRoutes.getPipeline, { params: { id } });
  if (pipeline === undefined) throw new Error(`no content of ${id}`);
  return pipeline;
}

async function findEtag(client: Client, id: string): Promise<string | undefined> {
  try {
    const { headers } = await client.send(pipelineRoutes.getPipeline, { params: { id } });
    return headers.get('etag') ?? undefined;
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 404) return undefined;
    throw error;
  }
}

async function readDefinition(file: string): Promise<Record<string, unknown>> {
  const text = await (file === '-' ? readAll(process.stdin) : readFile(file, 'utf8')).catch((error: unknown) => {
    throw new Stop('usage', `${file} を読めません`, `${file} cannot be read`, error);
  });
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw new Stop('usage', `${file} は JSON ではありません: ${String(error)}`, `${file} is not JSON: ${String(error)}`, error);
  }
  throw new Stop('usage', `${file} は JSON のオブジェクトではありません`, `${file} does not hold a JSON object`);
}
