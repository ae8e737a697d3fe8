/** The options of `imageflow backup` and `imageflow restore`. */
import type { Build } from '../help.ts';

export function addBackup({ program, config, say, dataDir, examples }: Build): void {
  const backup = program
    .command('backup')
    .description(
      say(
        'データベース、画像、モデル、鍵をフォルダーに保存します。前回から変わった画像だけを写します。組み込みのデータベースは停止してから',
        'Saves database, images, models and keys in a folder; only images that are new since the last time are copied. Stop an embedded database first',
      ),
    )
    .argument('<folder>', say('バックアップのフォルダー', 'Folder of the backups'))
    .option('--keep <number>', say('新しいものから残す数。それより古いものは削除', 'How many to keep; older ones are removed'))
    .addOption(dataDir())
    .action(async (folder, options) => (await import('./command.ts')).backUp(folder, options, config));
  examples(backup, [
    'imageflow backup /backups --keep 14',
    'IMAGEFLOW_DATABASE_URL=postgres://… IMAGEFLOW_OBJECTS_URL=s3://… imageflow backup /backups',
  ]);
  const restore = program
    .command('restore')
    .description(say('バックアップを検査し、復元します', 'Checks a backup, and brings it back'))
    .argument('<folder>', say('バックアップのフォルダー', 'Folder of the backups'))
    .option('--backup <name>', say('どれを（既定: 最新）', 'Which one (default: the newest)'))
    .option('--force', say('復元先にあるものを置き換える', 'Replace what the target holds'))
    .addOption(dataDir())
    .action(async (folder, options) => (await import('./command.ts')).bringBack(folder, options, config));
  examples(restore, [
    'imageflow restore /backups --data-dir ./plant',
    'imageflow restore /backups --backup 2026-11-25T02-00-00.000Z --force',
  ]);
}
