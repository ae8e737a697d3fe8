/**
 * Migrations only add (docs/guides/upgrade.md): while programs are replaced one by one, the version before still reads and writes the tables.
 * What nothing has used for a whole version may go; that migration is then named in `contractions`, with the version that used it last.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from './index.ts';
import { migrateTo, readMigrations } from './migrate.ts';
import { openPglite } from './pglite/open.ts';
import type { Tables } from './schema.ts';
import { scratchFolder } from './testing.ts';

/** E.g. '0042-drop-old-sums': '0.4.0 read hourly_sums last'. */
const contractions: Readonly<Record<string, string>> = {};

interface Column {
  readonly type: string;
  readonly isNullable: boolean;
  /** An insert that does not name it gets a value. */
  readonly isFilled: boolean;
}

interface Schema {
  /** By table, then by column. */
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, Column>>;
  /** What refuses rows: "table: definition". */
  readonly rules: ReadonlySet<string>;
}

let folder: string;
let database: Database;
beforeAll(async () => {
  folder = await mkdtemp(join(scratchFolder(), 'imageflow-database-'));
  database = await openPglite(folder, {});
}, 180_000);
afterAll(async () => {
  await database?.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

it('each leaves the tables so that the version before it can read and write them', { timeout: 180_000 }, async () => {
  const { pending } = await readMigrations(database.db);
  const faults: string[] = [];
  let before = await readSchema(database.db);
  for (const name of pending) {
    await migrateTo(database.db, name);
    const after = await readSchema(database.db);
    if (contractions[name] === undefined) faults.push(...compare(before, after).map((fault) => `${name}: ${fault}`));
    before = after;
  }
  expect(pending.length).toBeGreaterThan(5);
  expect(faults).toEqual([]);
  expect(Object.keys(contractions).filter((name) => !pending.includes(name))).toEqual([]);
});

it('notices what would disturb the version before', async () => {
  const column = (type: string, isNullable = true, isFilled = false): Column => ({ type, isNullable, isFilled });
  const schemaOf = (columns: Readonly<Record<string, Column>>, rules: readonly string[] = []): Schema => ({
    tables: new Map([['files', new Map(Object.entries(columns))]]),
    rules: new Set(rules),
  });
  const before = schemaOf({ id: column('uuid', false), size: column('int4') });
  const to = (columns: Readonly<Record<string, Column>>, rules?: readonly string[]) =>
    compare(before, schemaOf({ ...Object.fromEntries(before.tables.get('files') ?? []), ...columns }, rules));
  expect(compare(before, { tables: new Map(), rules: new Set() })).toEqual(['files is gone']);
  expect(compare(before, schemaOf({ id: column('uuid', false) }))).toEqual(['files.size is gone']);
  expect(to({ size: column('int8') })).toEqual(['files.size was int4 and is int8']);
  expect(to({ size: column('int4', false) })).toEqual(['files.size may not be null any more']);
  expect(to({ id: column('uuid', true) })).toEqual(['files.id may be null now']);
  expect(to({ owner: column('uuid', false) })).toEqual(['files.owner is new, must not be null and has no default']);
  expect(to({}, ['files: CHECK (size > 0)'])).toEqual(['a new rule: files: CHECK (size > 0)']);
  expect(to({ owner: column('uuid'), at: column('timestamptz', false, true) })).toEqual([]);
});

function compare(before: Schema, after: Schema): readonly string[] {
  const faults: string[] = [];
  for (const [table, columns] of before.tables) {
    const now = after.tables.get(table);
    if (now === undefined) faults.push(`${table} is gone`);
    else faults.push(...compareColumns(table, columns, now));
  }
  const isOld = (rule: string): boolean => before.tables.has(rule.slice(0, rule.indexOf(':')));
  for (const rule of after.rules) if (isOld(rule) && !before.rules.has(rule)) faults.push(`a new rule: ${rule}`);
  return faults;
}

function compareColumns(table: string, before: ReadonlyMap<string, Column>, now: ReadonlyMap<string, Column>): readonly string[] {
  const faults: string[] = [];
  for (const [name, old] of before) {
    const column = now.get(name);
    if (column === undefined) faults.push(`${table}.${name} is gone`);
    else if (column.type !== old.type) faults.push(`${table}.${name} was ${old.type} and is ${column.type}`);
    else if (old.isNullable && !column.isNullable) faults.push(`${table}.${name} may not be null any more`);
    // The version before reads it without looking.
    else if (!old.isNullable && column.isNullable) faults.push(`${table}.${name} may be null now`);
    else if (old.isFilled && !column.isFilled) faults.push(`${table}.${name} has no default any more`);
  }
  for (const [name, column] of now) {
    const isSafe = before.has(name) || column.isNullable || column.isFilled;
    if (!isSafe) faults.push(`${table}.${name} is new, must not be null and has no default`);
  }
  return faults;
}

async function readSchema(db: Kysely<Tables>): Promise<Schema> {
  const columns = await sql<{ table: string; name: string } & Column>`
    select table_name as table, column_name as name, udt_name || coalesce('(' || datetime_precision || ')', '') as type,
           is_nullable = 'YES' as "isNullable",
           column_default is not null or is_identity = 'YES' or is_generated = 'ALWAYS' as "isFilled"
    from information_schema.columns where table_schema = 'public' and table_name not like 'kysely%'`.execute(db);
  const rules = await sql<{ rule: string }>`
    select conrelid::regclass || ': ' || pg_get_constraintdef(oid) as rule from pg_constraint
    where connamespace = 'public'::regnamespace and contype in ('c', 'f', 'p', 'u', 'x') and conrelid <> 0
    union select tablename || ': ' || indexdef from pg_indexes where schemaname = 'public' and indexdef like 'CREATE UNIQUE%'`.execute(db);
  const tables = Map.groupBy(columns.rows, ({ table }) => table);
  return {
    tables: new Map([...tables].map(([table, of]) => [table, new Map(of.map(({ name, ...column }) => [name, column]))])),
    rules: new Set(rules.rows.map(({ rule }) => rule)),
  };
}
