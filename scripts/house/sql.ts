/** Which tables a file names in its queries. */
import { fits } from './glob.ts';
import type { SourceFile } from './imports.ts';
import type { Owner } from './part.ts';
import { ownable } from './rules.ts';

/** Kysely's methods, and what follows FROM, JOIN, INTO and UPDATE in a text of SQL. */
const methods =
  /\.(?:selectFrom|insertInto|updateTable|deleteFrom|mergeInto|using|innerJoin|leftJoin|rightJoin|fullJoin|crossJoin|from)\(\s*\[?\s*['"`](\w+)/g;
const texts = /\bsql(?:<[^`]*?>)?`([^`]*)`/g;
const words = /\b(?:from|join|into|update)\s+"?([a-z_]+)\b/gi;

/** Returns each foreign table that a file of the backend names; migrations and tests see the database as a whole. */
export function findForeignTables(
  { path, text }: SourceFile,
  owners: readonly Owner[],
): readonly { readonly file: string; readonly target: string; readonly wayOut: string }[] {
  if (!fits(path, ownable)) return [];
  const inTexts = [...text.matchAll(texts)].flatMap(([, statement]) => [...(statement ?? '').matchAll(words)]);
  const named = new Set([...text.matchAll(methods), ...inTexts].map(([, table]) => table));
  const foreign = owners.filter(({ files }) => !fits(path, files));
  return foreign.flatMap(({ tables, wayOut }) =>
    tables.filter((table) => named.has(table)).map((table) => ({ file: path, target: `table ${table}`, wayOut })),
  );
}
