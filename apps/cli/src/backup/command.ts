/** `imageflow backup` and `imageflow restore`. */
import { resolve } from 'node:path';
import type { CliConfig } from '../config.ts';
import { Stop } from '../exit.ts';
import { findPlaces } from './places.ts';
import { megabytes, showProgress } from './progress.ts';
import { prune } from './prune.ts';
import { listBackups } from './repository.ts';
import { restore } from './restore.ts';
import { save } from './save.ts';

export interface BackupOptions {
  readonly dataDir: string;
  readonly keep?: string;
}

export interface RestoreOptions {
  readonly dataDir: string;
  readonly backup?: string;
  readonly force?: boolean;
}

export async function backUp(folder: string, options: BackupOptions, config: CliConfig): Promise<void> {
  const { say } = config;
  const target = resolve(folder);
  const keep = parseKeep(options.keep);
  const places = findPlaces(config, options.dataDir);
  const progress = showProgress(say);
  const { name, manifest, missing } = await save(places, target, progress).finally(progress.close);
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  const { count, total_bytes: bytes } = manifest.objects;
  console.log(
    say({
      ja: `${target} に ${name} を保存しました: ${rows} 行、オブジェクト ${count} 個（${megabytes(bytes)}）`,
      en: `Saved ${name} in ${target}: ${rows} rows, ${count} objects (${megabytes(bytes)})`,
    }),
  );
  if (missing > 0) {
    console.log(
      say({
        ja: `${missing} 個のオブジェクトは、保存期間が過ぎて既に削除されていました`,
        en: `${missing} objects were gone already: their time was over`,
      }),
    );
  }
  const removed = keep === undefined ? 0 : await prune(target, keep);
  if (removed > 0) console.log(say({ ja: `古いバックアップ ${removed} 個を削除しました`, en: `Removed ${removed} old backups` }));
}

export async function bringBack(folder: string, options: RestoreOptions, config: CliConfig): Promise<void> {
  const { say } = config;
  const source = resolve(folder);
  const name = await choose(source, options.backup);
  const places = findPlaces(config, options.dataDir);
  const progress = showProgress(say);
  const manifest = await restore(places, source, name, options.force === true, progress).finally(progress.close);
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  console.log(
    say({
      ja: `${name} を復元しました: ${rows} 行、オブジェクト ${manifest.objects.count} 個`,
      en: `Restored ${name}: ${rows} rows, ${manifest.objects.count} objects`,
    }),
  );
}

async function choose(folder: string, wanted: string | undefined): Promise<string> {
  const names = await listBackups(folder);
  const name = wanted === undefined ? names.at(-1) : names.find((one) => one === wanted);
  if (name !== undefined) return name;
  if (names.length === 0) throw new Stop('failed', `${folder} にバックアップはありません`, `There is no backup in ${folder}`);
  throw new Stop(
    'usage',
    `${wanted} というバックアップはありません。あるもの: ${names.join(', ')}`,
    `There is no backup ${wanted}. There are: ${names.join(', ')}`,
  );
}

function parseKeep(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new Stop('usage', `--keep は 1 以上の整数です: ${text}`, `--keep is a whole number from 1: ${text}`);
}
