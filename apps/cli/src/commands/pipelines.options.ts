/** The options of `imageflow pipelines …`. */
import type { Build } from '../help.ts';
import { openServer } from '../server.ts';
import { createPipeline, exportPipeline, listPipelines, savePipeline, showPipeline, validatePipeline } from './pipelines.ts';

export function addPipelineCommands({ program, config, say, server, json, examples }: Build): void {
  const group = program.command('pipelines').description(say('パイプラインの一覧と編集', 'Lists and edits pipelines'));
  const add = (usage: string, ja: string, en: string) => group.command(usage).description(say(ja, en)).addOption(server());
  const withFile = (usage: string, ja: string, en: string) =>
    add(usage, ja, en).requiredOption(
      '-f, --file <file>',
      say('定義の JSON（- は標準入力）', 'JSON of the definition; - reads standard input'),
    );
  const open = (options: { readonly server?: string }) => openServer(options.server, config);

  group
    .command('list', { isDefault: true })
    .description(say('一覧', 'Lists them'))
    .addOption(json())
    .addOption(server())
    .action(async (options) => listPipelines(await open(options), options.json === true, config.say));
  add('show <pipeline>', 'ステップを表示', 'Shows the steps').action(async (id, options) =>
    showPipeline(await open(options), id, config.say),
  );
  add('export <pipeline>', '定義を JSON で出力', 'Prints the definition as JSON').action(async (id, options) =>
    exportPipeline(await open(options), id),
  );
  withFile('create', '新しく作成（同じ ID があれば失敗）', 'Stores a new one; refused when the id exists').action(async (options) =>
    createPipeline(await open(options), options.file, config.say),
  );
  withFile('save', '保存（同じ ID があれば新しいバージョン）', 'Stores it; a new version when the id exists').action(async (options) =>
    savePipeline(await open(options), options.file, config.say),
  );
  withFile('validate', '定義を検査', 'Checks a definition').action(async (options) =>
    validatePipeline(await open(options), options.file, config.say),
  );
  examples(group, [
    'imageflow pipelines',
    'imageflow pipelines export quality-inspection-v1 > pipeline.json',
    'imageflow pipelines validate -f pipeline.json',
    'imageflow pipelines save -f pipeline.json',
  ]);
}
