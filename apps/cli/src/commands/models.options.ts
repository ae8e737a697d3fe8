/** The options of `imageflow models …`. */
import type { Build } from '../help.ts';
import { openServer } from '../server.ts';
import { addModel, listModels, removeModel } from './models.ts';

export function addModelCommands({ program, config, say, server, json, examples }: Build): void {
  const group = program.command('models').description(say('AI モデルの一覧と追加', 'Lists and adds AI models'));
  const open = (options: { readonly server?: string }) => openServer(options.server, config);
  group
    .command('list', { isDefault: true })
    .description(say('一覧', 'Lists them'))
    .addOption(json())
    .addOption(server())
    .action(async (options) => listModels(await open(options), options.json === true, config.say));
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
    .action(async (file, options) => addModel(await open(options), file, options, config.say));
  group
    .command('remove <name>')
    .description(say('追加したモデルを削除', 'Removes a model that was added'))
    .addOption(server())
    .action(async (name, options) => removeModel(await open(options), name, config.say));
  examples(group, [
    'imageflow models',
    'imageflow models add yolo11n.onnx',
    'imageflow models add net.onnx --labels names.txt --license MIT',
  ]);
}
