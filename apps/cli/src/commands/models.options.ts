/** The options of `imageflow models …`. */
import type { Client } from '@imageflow/client';
import type { Build } from '../help.ts';

type Commands = typeof import('./models.ts');

export function addModelCommands({ program, config, say, server, json, examples }: Build): void {
  const group = program.command('models').description(say('AI モデルの一覧と追加', 'Lists and adds AI models'));
  const call = async (options: { readonly server?: string }, act: (commands: Commands, client: Client) => Promise<void>) => {
    const { openServer } = await import('../server.ts');
    await act(await import('./models.ts'), await openServer(options.server, config));
  };
  group
    .command('list', { isDefault: true })
    .description(say('一覧', 'Lists them'))
    .addOption(json())
    .addOption(server())
    .action((options) => call(options, ({ listModels }, client) => listModels(client, options.json === true, config.say)));
  group
    .command('add <file>')
    .description(say('ONNX ファイルを追加', 'Adds an ONNX file'))
    .option('--name <name>', say('名前（省略するとファイル名）', 'Name (default: of the file)'))
    .option(
      '--labels <file>',
      say('クラス名のファイル（1 行に 1 つ、または JSON の配列）', 'File of class names: one a line, or a JSON array'),
    )
    .option('--license <text>', say('ライセンス', 'Licence'))
    .addOption(server())
    .action((file, options) => call(options, ({ addModel }, client) => addModel(client, file, options, config.say)));
  group
    .command('remove <name>')
    .description(say('追加したモデルを削除', 'Removes a model that was added'))
    .addOption(server())
    .action((name, options) => call(options, ({ removeModel }, client) => removeModel(client, name, config.say)));
  examples(group, [
    'imageflow models',
    'imageflow models add yolo11n.onnx',
    'imageflow models add net.onnx --labels names.txt --license MIT',
  ]);
}
