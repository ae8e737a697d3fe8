/** The options of `imageflow migrate`. */
import type { Build } from '../help.ts';

export function addMigrate({ program, config, say, json, dataDir, examples }: Build): void {
  const command = program
    .command('migrate')
    .description(say('データベースの表を最新にします', 'Brings the tables of the database up to date'))
    .option('--check', say('変更せずに調べる（未適用があれば終了コード 1）', 'Only look: exit code 1 when something is pending'))
    .option('--database <address>', say('postgres://… または pglite:<フォルダー>', 'postgres://… or pglite:<folder>'))
    .addOption(json())
    .addOption(dataDir())
    .action(async (options) => (await import('./migrate.ts')).migrate(options, config));
  examples(command, ['imageflow migrate --check', 'IMAGEFLOW_DATABASE_URL=postgres://… imageflow migrate']);
}
