/** Holds the tree against the table in rules.ts. Each fault names the rule it breaks and the way out. */
import { findCircles } from './circles.ts';
import { fillNames, fits, parseGlob } from './glob.ts';
import { type Import, readSources, type SourceFile } from './imports.ts';
import type { Exception, Owner, Part, Reserved } from './part.ts';
import { exceptions, owners, parts, reserved } from './rules.ts';
import { findForeignTables } from './sql.ts';

export interface House {
  readonly parts: readonly Part[];
  readonly reserved: readonly Reserved[];
  readonly owners: readonly Owner[];
  readonly exceptions: readonly Exception[];
}

/** One entry for each fault of the tree below `root`: the place, the rule, the way out. */
export function findFaults(root: string, house: House = { parts, reserved, owners, exceptions }): readonly string[] {
  const files = readSources(root);
  const wrong = [...files.flatMap((file) => judgeFile(file, house)), ...circlesOf(files, house)];
  return [
    ...wrong.filter((one) => !house.exceptions.some((exception) => excuses(exception, one))).map(say),
    ...house.exceptions
      .filter((exception) => !wrong.some((one) => excuses(exception, one)))
      .map(({ file, target }) => `${file}: its exception for "${target}" is not needed any more; delete it from scripts/house/rules.ts.`),
  ];
}

function excuses(exception: Exception, { file, target }: Wrong): boolean {
  return fits(file, [exception.file]) && fits(target, [exception.target]);
}

interface Wrong {
  readonly file: string;
  readonly target: string;
  readonly rule: string;
  readonly wayOut: string;
}

function say({ file, target, rule, wayOut }: Wrong): string {
  return `${file}: ${target}\n    breaks the rule "${rule}"; ${wayOut}.`;
}

function judgeFile(file: SourceFile, house: House): readonly Wrong[] {
  const box = boxOf(file.path, house.parts);
  if (box === undefined) return [{ file: file.path, target: 'has no part', ...noPart }];
  const tables = findForeignTables(file, house.owners).map((one) => ({ ...one, rule: 'A table is named only in the room that owns it' }));
  return [...file.imports.flatMap((one) => judge(one, box, house)), ...tables];
}

const noPart = {
  rule: 'Each file has its part in scripts/house/rules.ts',
  wayOut: 'move it to a part that is there, or write down the new one',
};

function judge({ file, target, names }: Import, box: Box, house: House): readonly Wrong[] {
  const may = [...box.files, ...box.part.may.map((pattern) => fillNames(pattern, box.names))];
  const broken = house.reserved.filter(
    (one) => fits(target, [one.from]) && fits(file, one.files) && names.some((name) => fits(name, one.names)),
  );
  return [...(fits(target, may) ? [] : [box.part]), ...broken].map(({ rule, wayOut }) => ({ file, target, rule, wayOut }));
}

function circlesOf(files: readonly SourceFile[], house: House): readonly Wrong[] {
  const toWrong = (rule: string, wayOut: string) => (circle: readonly string[]) => ({
    file: circle[0] ?? '',
    target: circle.slice(1).join(' → '),
    rule,
    wayOut,
  });
  return [
    ...findCircles(files).map(toWrong('No imports in a circle, types included', 'move what both need to a file below them')),
    ...findBoxCircles(files, house).map(toWrong('No circle of rooms', 'hand one of them what it needs where they are opened')),
  ];
}

interface Box {
  readonly part: Part;
  /** The pattern with its names filled in: one room, one package. */
  readonly files: readonly string[];
  readonly names: Readonly<Record<string, string>>;
}

/** The first part in the table that the file fits. */
function boxOf(file: string, all: readonly Part[]): Box | undefined {
  for (const part of all) {
    if (part.files.some((pattern) => pattern.startsWith('!') && parseGlob(pattern.slice(1)).match(file) !== undefined)) continue;
    for (const pattern of part.files) {
      const names = parseGlob(pattern).match(file);
      if (names !== undefined) return { part, names, files: part.files.map((one) => fillNames(one, names)) };
    }
  }
  return undefined;
}

/** Circles between the boxes of one row, such as rooms. */
function findBoxCircles(files: readonly SourceFile[], { parts: all }: House): readonly (readonly string[])[] {
  const nameOf = (file: string) => {
    const box = boxOf(file, all);
    return box?.part.box === undefined ? undefined : fillNames(box.part.box, box.names);
  };
  const arrows = files.flatMap(({ path, imports }) => {
    const from = nameOf(path);
    const others = imports.map(({ target }) => nameOf(target)).filter((to) => to !== undefined && to !== from);
    return from === undefined || others.length === 0 ? [] : [{ from, others }];
  });
  const boxes = Map.groupBy(arrows, ({ from }) => from);
  return findCircles(
    [...boxes].map(([path, list]) => ({ path, imports: list.flatMap(({ others }) => others.map((target) => ({ target: target ?? '' }))) })),
  );
}
