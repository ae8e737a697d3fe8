/** The options of `imageflow pipelines …`. */
import type { Client } from '@imageflow/client';
import type { Build } from '../help.ts';

type Commands = typeof import('./pipelines.ts');

export function addPipelineCommands({ program, config, say, server, json, examples }: Build): void {
  const group = program.command('pipelines').description(say('パイプラインの一覧と編集', 'Lists and edits pipelines'));
  const add = (usage: string, ja: string, en: string) => group.command(usage).description(say(ja, en)).addOption(server());
  const withFile = (usage: string, ja: string, en: string) =>
    add(usage, ja, en).requiredOption(
      '-f, --file <file>',
      say('定義の JSON（- は標準入力）', 'JSON of the definition; - reads standard input'),
    );
  const call = async (options: { readonly server?: string }, act: (commands: Commands, client: Client) => Promise<void>) => {
    const { openServer } = await import('../server.ts');
    await act(await import('./pipelines.ts'), await openServer(options.server, config));
  };

  group
    .command('list', { isDefault: true })
    .description(say('一覧', 'Lists them'))
    .addOption(json())
    .addOption(server())
    .action((options) => call(options, ({ listPipelines }, client) => listPipelines(client, options.json === true, config.say)));
  add('show <pipeline>', 'ステップを表示', 'Shows the steps').action((id, options) =>
    call(options, ({ showPipeline }, client) => showPipeline(client, id, config.say)),
  );
  add('export <pipeline>', '定義を JSON で出力', 'Prints the definition as JSON').action((id, options) =>
    call(options, ({ exportPipeline }, client) => exportPipeline(client, id)),
  );
  withFile('create', '新しく作成（同じ ID があれば失敗）', 'Stores a new one; refused when the id exists').action((options) =>
    call(options, ({ createPipeline }, client) => createPipeline(client, options.file, config.say)),
  );
  withFile('save', '保存（同じ ID があれば新しいバージョン）', 'Stores it; a new version when the id exists').action((options) =>
    call(options, ({ savePipeline }, client) => savePipeline(client, options.file, config.say)),
  );
  withFile('validate', '定義を検査', 'Checks a definition').action((options) =>
    call(options, ({ validatePipeline }, client) => validatePipeline(client, options.file, config.say)),
  );
  examples(group, [
    'imageflow pipelines',
    'imageflow pipelines export quality-inspection-v1 > pipeline.json',
    'imageflow pipelines validate -f pipeline.json',
    'imageflow pipelines save -f pipeline.json',
  ]);
}
