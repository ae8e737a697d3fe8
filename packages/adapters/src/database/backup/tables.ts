/** The tables as the database itself knows them: a table that a later version adds is saved without a word here. */

import { type Kysely, sql } from 'kysely';
import type { Tables } from '../schema.ts';

export interface TableFacts {
  readonly name: string;
  /** Its primary key's columns, in order; empty when it has none. */
  readonly key: readonly string[];
  /** Tables whose rows its rows point at, itself left out. */
  readonly needs: readonly string[];
}

/** Each after those it points at. The migrator's own tables are left out. */
export async function listTables(db: Kysely<Tables>): Promise<readonly TableFacts[]> {
  const { rows } = await sql<TableFacts>`
    select c.relname as name,
           coalesce((select array_agg(a.attname::text order by k.at)
                     from pg_index i, unnest(i.indkey) with ordinality as k (number, at)
                     join pg_attribute a on a.attnum = k.number
                     where i.indrelid = c.oid and i.indisprimary and a.attrelid = c.oid), '{}') as key,
           coalesce((select array_agg(distinct f.relname::text)
                     from pg_constraint r join pg_class f on f.oid = r.confrelid
                     where r.conrelid = c.oid and r.contype = 'f' and f.oid <> c.oid), '{}') as needs
    from pg_class c
    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace and c.relname not like 'kysely\\_%'
    order by c.relname`.execute(db);
  return inOrderOfNeed(rows);
}

function inOrderOfNeed(tables: readonly TableFacts[]): readonly TableFacts[] {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const ordered = new Set<TableFacts>();
  const path = new Set<string>();
  const visit = (table: TableFacts): void => {
    if (ordered.has(table)) return;
    if (path.has(table.name)) throw new Error(`Tables point at each other in a circle: ${[...path].join(', ')}`);
    path.add(table.name);
    for (const name of table.needs) visit(byName.get(name) as TableFacts);
    path.delete(table.name);
    ordered.add(table);
  };
  for (const table of tables) visit(table);
  return [...ordered];
}
