/** `imageflow pipelines …` */
import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { pipelineRoutes } from '@imageflow/api';
import type { Client } from '@imageflow/api/client';
import { Stop } from '../exit.ts';
import type { Say } from '../language.ts';
import { printTable } from '../table.ts';

export async function listPipelines(client: Client, isJson: boolean): Promise<void> {
  const rows = [];
  for (let cursor: string | undefined; ; ) {
    const page = await client.call(pipelineRoutes.listPipelines, { query: { limit: 200, cursor } });
    rows.push(...page.items);
    if (page.next_cursor === null) break;
    cursor = page.next_cursor;
  }
  if (isJson) return console.log(JSON.stringify(rows, null, 2));
  printTable(
    ['pipeline_id', 'name', 'version', 'steps', 'mode'],
    rows.map((row) => [row.pipeline_id, row.name, String(row.current_version), String(row.step_count), row.execution_mode]),
  );
}

/** The definition alone, as it can be created elsewhere. */
export async function exportPipeline(client: Client, id: string): Promise<void> {
  const pipeline = await client.call(pipelineRoutes.getPipeline, { params: { id } });
  if (pipeline === undefined) return;
  const { id: _id, current_version: _version, created_by: _by, created_at: _at, updated_at: _updated, ...definition } = pipeline;
  console.log(JSON.stringify(definition, null, 2));
}

/** A pipeline of that name gets a new version. */
export async function savePipeline(client: Client, file: string, say: Say): Promise<void> {
  const definition = await readDefinition(file);
  const id = typeof definition.pipeline_id === 'string' ? definition.pipeline_id : '';
  const etag = id === '' ? undefined : await findEtag(client, id);
  const saved =
    etag === undefined
      ? await client.call(pipelineRoutes.createPipeline, { body: definition })
      : await client.call(pipelineRoutes.updatePipeline, { params: { id }, headers: { 'if-match': etag }, body: definition });
  console.log(
    say({
      ja: `${saved.pipeline_id} をバージョン ${saved.current_version} として保存しました`,
      en: `Stored ${saved.pipeline_id} as version ${saved.current_version}`,
    }),
  );
}

export async function validatePipeline(client: Client, file: string, say: Say): Promise<void> {
  const answer = await client.call(pipelineRoutes.validatePipeline, { body: await readDefinition(file) });
  if (answer.valid) return console.log(say({ ja: '誤りはありません', en: 'No faults' }));
  for (const fault of answer.validation_errors) console.error(`${fault.field}: ${fault.message}`);
  throw new Stop('failed', `誤りが ${answer.validation_errors.length} 件あります`, `${answer.validation_errors.length} faults`);
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
  const reading = file === '-' ? readAll(process.stdin) : readFile(file, 'utf8');
  const text = await reading.catch((error: unknown) => {
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
