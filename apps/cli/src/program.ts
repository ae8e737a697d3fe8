/** The commands, their options and their help. */
import { Command, Option } from 'commander';
import { doctor } from './commands/doctor.ts';
import { login, logout } from './commands/login.ts';
import { addModel, listModels, removeModel } from './commands/models.ts';
import { exportPipeline, listPipelines, savePipeline, validatePipeline } from './commands/pipelines.ts';
import { createSay, type Language, type Say } from './language.ts';
import { run } from './run/command.ts';
import { chooseServer, openClient } from './signins.ts';
import { up } from './up/command.ts';
import { version } from './version.ts';

export function buildProgram(language: Language): Command {
  const say = createSay(language);
  const program = new Command('imageflow')
    .description(say({ ja: '画像パイプラインのプラットフォーム', en: 'The platform for image pipelines' }))
    .version(version)
    .addOption(new Option('--lang <language>', say({ ja: '表示の言語', en: 'Language of messages' })).choices(['ja', 'en']))
    .exitOverride()
    .addHelpText(
      'after',
      `\n${say({ ja: '例', en: 'Examples' })}:
  imageflow up
  imageflow login
  imageflow run quality-inspection-v1 samples/defects --out results
  imageflow run coco-detection photo.jpg --param detect.confidence_threshold=0.5 --json
  imageflow pipelines save my-pipeline.json
  imageflow models add yolo11n.onnx

${say({ ja: '終了コード: 0 成功、1 失敗、2 使い方の誤り、3 サーバーに届かない、4 ログインが必要', en: 'Exit codes: 0 success, 1 failure, 2 wrong usage, 3 server not reached, 4 sign-in needed' })}`,
    );
  addUp(program, say);
  addRun(program, language, say);
  addPipelines(program, language, say);
  addModels(program, language, say);
  addDoctor(program, say);
  addSignIn(program, language, say);
  return program;
}

function addUp(program: Command, say: Say): void {
  program
    .command('up')
    .description(say({ ja: 'すべてをこのマシンで起動します', en: 'Starts everything on this machine' }))
    .option(
      '--port <number>',
      say({ ja: 'HTTP のポート (0: 空いているもの)', en: 'HTTP port (0: any free one)' }),
      process.env.IMAGEFLOW_PORT || '8080',
    )
    .option(
      '--host <address>',
      say({ ja: '待ち受けるアドレス (0.0.0.0: すべて)', en: 'Address to listen on (0.0.0.0: all)' }),
      process.env.IMAGEFLOW_HOST || '127.0.0.1',
    )
    .addOption(dataDirOption(say))
    .option(
      '--instances <list>',
      say({ ja: 'サービスの数 (例: resize=2,ai-detection=2)', en: 'Instances of services, e.g. resize=2,ai-detection=2' }),
    )
    .addHelpText('after', '\nimageflow up --port 9000 --data-dir /srv/imageflow --instances ai-detection=2')
    .action((options) => up(options, say));
}

function addRun(program: Command, language: Language, say: Say): void {
  const collect = (word: string, words: string[]) => [...words, word];
  program
    .command('run')
    .description(say({ ja: 'パイプラインを画像やフォルダに対して実行します', en: 'Runs a pipeline on images or folders of images' }))
    .argument('<pipeline>', say({ ja: 'パイプラインの ID', en: 'Id of the pipeline' }))
    .argument('<images...>', say({ ja: '画像またはフォルダ', en: 'Images or folders' }))
    .option(
      '--out <folder>',
      say({ ja: '枠を描いた画像と results.json を置くフォルダ', en: 'Folder for annotated images and results.json' }),
    )
    .option('--json', say({ ja: '結果を JSON で出力', en: 'Print results as JSON' }))
    .option('--param <step.key=value>', say({ ja: 'パラメータ (繰り返し可)', en: 'Parameter (may be repeated)' }), collect, [])
    .addOption(new Option('--priority <priority>', say({ ja: '優先度', en: 'Priority' })).choices(['low', 'normal', 'high']))
    .addOption(serverOption(say))
    .addOption(dataDirOption(say))
    .addHelpText(
      'after',
      `\nimageflow run quality-inspection-v1 samples/defects --out results
imageflow run quality-inspection-v1 a.jpg b.png --param ai_detection.confidence_threshold=0.6 --priority high`,
    )
    .action((pipeline, images, options) => run(pipeline, images, options, language, say));
}

function addPipelines(program: Command, language: Language, say: Say): void {
  const group = program.command('pipelines').description(say({ ja: 'パイプラインの一覧と編集', en: 'Lists and edits pipelines' }));
  const client = async (options: { server?: string }) => openClient(await chooseServer(options.server), language);
  group
    .command('list', { isDefault: true })
    .description(say({ ja: '一覧', en: 'Lists them' }))
    .option('--json', say({ ja: 'JSON で出力', en: 'Print JSON' }))
    .addOption(serverOption(say))
    .action(async (options) => listPipelines(await client(options), options.json === true));
  group
    .command('export <pipeline>')
    .description(say({ ja: '定義を JSON で出力', en: 'Prints a definition as JSON' }))
    .addOption(serverOption(say))
    .action(async (id, options) => exportPipeline(await client(options), id));
  group
    .command('save <file>')
    .description(
      say({
        ja: '定義を保存（同じ ID があれば新しいバージョン）。- は標準入力',
        en: 'Stores a definition (a new version when the id exists); - reads standard input',
      }),
    )
    .addOption(serverOption(say))
    .action(async (file, options) => savePipeline(await client(options), file, say));
  group
    .command('validate <file>')
    .description(say({ ja: '定義を検査', en: 'Checks a definition' }))
    .addOption(serverOption(say))
    .action(async (file, options) => validatePipeline(await client(options), file, say));
}

function addModels(program: Command, language: Language, say: Say): void {
  const group = program.command('models').description(say({ ja: 'AI モデルの一覧と追加', en: 'Lists and adds AI models' }));
  const client = async (options: { server?: string }) => openClient(await chooseServer(options.server), language);
  group
    .command('list', { isDefault: true })
    .description(say({ ja: '一覧', en: 'Lists them' }))
    .option('--json', say({ ja: 'JSON で出力', en: 'Print JSON' }))
    .addOption(serverOption(say))
    .action(async (options) => listModels(await client(options), options.json === true));
  group
    .command('add <file>')
    .description(say({ ja: 'ONNX ファイルを追加', en: 'Adds an ONNX file' }))
    .option('--name <name>', say({ ja: '名前（省略するとファイル名）', en: 'Name (default: of the file)' }))
    .option(
      '--labels <file>',
      say({ ja: 'クラス名のファイル（1 行に 1 つ、または JSON の配列）', en: 'File of class names: one a line, or a JSON array' }),
    )
    .option('--license <text>', say({ ja: 'ライセンス', en: 'Licence' }))
    .addOption(serverOption(say))
    .action(async (file, options) => addModel(await client(options), file, options, say));
  group
    .command('remove <name>')
    .description(say({ ja: '追加したモデルを削除', en: 'Removes a model that was added' }))
    .addOption(serverOption(say))
    .action(async (name, options) => removeModel(await client(options), name, say));
}

function addDoctor(program: Command, say: Say): void {
  program
    .command('doctor')
    .description(say({ ja: '動作に必要なものを調べ、直し方を示します', en: 'Looks for what is wrong and says what to do' }))
    .option('--json', say({ ja: 'JSON で出力', en: 'Print JSON' }))
    .addOption(serverOption(say))
    .addOption(dataDirOption(say))
    .action((options) => doctor(options, say));
}

function addSignIn(program: Command, language: Language, say: Say): void {
  program
    .command('login')
    .description(
      say({
        ja: 'サーバーにログインします（パスワードは端末か IMAGEFLOW_PASSWORD から）',
        en: 'Signs in to a server (password from the terminal or IMAGEFLOW_PASSWORD)',
      }),
    )
    .option('--username <name>', say({ ja: 'ユーザー名', en: 'User name' }))
    .addOption(serverOption(say))
    .action((options) => login(options, language, say));
  program
    .command('logout')
    .description(say({ ja: 'ログアウトします', en: 'Signs out' }))
    .addOption(serverOption(say))
    .action((options) => logout(options, language, say));
}

function serverOption(say: Say): Option {
  return new Option('--server <address>', say({ ja: 'サーバーのアドレス', en: 'Address of the server' }));
}

function dataDirOption(say: Say): Option {
  return new Option('--data-dir <folder>', say({ ja: 'データのフォルダ', en: 'Folder of the data' })).default(
    process.env.IMAGEFLOW_DATA_DIR || './data',
  );
}
