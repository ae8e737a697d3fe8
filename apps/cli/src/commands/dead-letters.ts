/** `imageflow dead-letters …`: work that was given up, for people to look at and to try again. */

import type { Client } from '@imageflow/client';
import { deadLetterRoutes } from '@imageflow/contract';
import type { Say } from '../language.ts';
import { formatTable } from '../table.ts';
import { collect } from './pages.ts';

export interface ListOptions {
  readonly json?: boolean;
  /** Also those that were tried again. */
  readonly all?: boolean;
}

export async function listDeadLetters(client: Client, options: ListOptions, say: Say): Promise<void> {
  const filter = options.all === true ? {} : { redriven: 'false' as const };
  const rows = await collect((cursor) => client.call(deadLetterRoutes.listDeadLetters, { query: { limit: 200, cursor, ...filter } }));
  if (options.json === true) return console.log(JSON.stringify(rows, null, 2));
  if (rows.length === 0) return console.log(say({ ja: 'ありません', en: 'There are none' }));
  const head = [
    'id',
    say({ ja: '時刻', en: 'time' }),
    say({ ja: '配信', en: 'deliveries' }),
    say({ ja: '再実行', en: 'tried again' }),
    say({ ja: '理由', en: 'reason' }),
  ];
  console.log(
    formatTable(
      head,
      rows.map((row) => [row.id, row.created_at, String(row.deliveries), row.redriven_at ?? '–', row.reason]),
    ),
  );
}

export async function redriveDeadLetter(client: Client, id: string, say: Say): Promise<void> {
  const { new_execution_id: execution } = await client.call(deadLetterRoutes.redriveDeadLetter, { params: { id } });
  if (execution === null) return console.log(say({ ja: 'もう一度送りました', en: 'Sent again' }));
  console.log(say({ ja: `実行 ${execution} としてやり直します`, en: `Runs again as execution ${execution}` }));
}

export async function deleteDeadLetter(client: Client, id: string, say: Say): Promise<void> {
  await client.call(deadLetterRoutes.deleteDeadLetter, { params: { id } });
  console.log(say({ ja: '削除しました', en: 'Deleted' }));
}
