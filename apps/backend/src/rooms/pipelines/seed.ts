/** Puts the sample pipelines into a new installation, once: one that was deleted stays deleted. */
import type { Tables } from '@imageflow/adapters/database';
import type { Ids, PipelineDefinition } from '@imageflow/core';
import type { Kysely } from 'kysely';
import { insertPipeline } from './pipelines.queries.ts';

const settingKey = 'sample_pipelines';

/** Needs no running service: the samples use shipped components only. Answers how many were stored. */
export function seedPipelines(db: Kysely<Tables>, ids: Ids, samples: readonly PipelineDefinition[]): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    const marked = await transaction
      .insertInto('settings')
      .values({ key: settingKey, value: JSON.stringify({ pipelines: samples.map((sample) => sample.pipeline_id) }) })
      .onConflict((conflict) => conflict.column('key').doNothing())
      .executeTakeFirst();
    if (marked.numInsertedOrUpdatedRows !== 1n) return 0;
    for (const definition of samples) await insertPipeline(transaction, { id: ids.next(), createdBy: null, definition });
    return samples.length;
  });
}
