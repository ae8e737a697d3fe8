/** The commands, their options and their help. What a command needs is loaded when it is called: `up` must not wait for the rest. */
import { Command, Option } from 'commander';
import { addBackup } from './backup/options.ts';
import { addDeadLetterCommands } from './commands/dead-letters.options.ts';
import { addMigrate } from './commands/migrate.options.ts';
import { addModelCommands } from './commands/models.options.ts';
import { addPipelineCommands } from './commands/pipelines.options.ts';
import { addWorker } from './commands/worker.options.ts';
import type { CliConfig } from './config.ts';
import { type Build, createBuild } from './help.ts';
import { addStream } from './stream/options.ts';
import { version } from './version.ts';

export function buildProgram(config: CliConfig): Command {
  const program = new Command('imageflow');
  const build = createBuild(program, config);
  const { say } = build;
  program
    .description(say('画像パイプラインのプラットフォーム', 'The platform for image pipelines'))
    .version(version, '-V, --version', say('バージョンを表示', 'Show the version'))
    .addOption(new Option('--lang <language>', say('表示の言語', 'Language of messages')).choices(['ja', 'en']));
  build.examples(program, [
    'imageflow up',
    'imageflow run quality-inspection-v1 samples/defects --out results',
    'imageflow run coco-detection photo.jpg --param detect.confidence_threshold=0.5 --json',
    'imageflow stream belt.mp4 --pipeline live-defects --show-stats',
    'imageflow pipelines save -f my-pipeline.json',
    'imageflow models add yolo11n.onnx',
    'imageflow doctor',
  ]);
  program.addHelpText('after', `\n${exitCodesText(build)}`);
  addUp(build);
  addRun(build);
  addStream(build);
  addPipelineCommands(build);
  addModelCommands(build);
  addDeadLetterCommands(build);
  addWorker(build);
  addMigrate(build);
  addBackup(build);
  addDoctor(build);
  addSignIn(build);
  return program;
}

function exitCodesText({ say }: Build): string {
  return say(
    '終了コード: 0 成功、1 失敗（失敗した画像がある）、2 使い方の誤り、3 サーバーに届かない、4 ログインが必要、130 中断',
    'Exit codes: 0 success, 1 failure (also of an image), 2 wrong usage, 3 server not reached, 4 sign-in needed, 130 interrupted',
  );
}

function addUp({ program, config, say, dataDir, examples }: Build): void {
  const command = program
    .command('up')
    .description(say('すべてをこのマシンで起動します', 'Starts everything on this machine'))
    .option('--port <number>', say('HTTP のポート（0: 空いているもの）', 'HTTP port (0: any free one)'), config.port)
    .option('--host <address>', say('待ち受けるアドレス（0.0.0.0: すべて）', 'Address to listen on (0.0.0.0: all)'), config.host)
    .addOption(dataDir())
    .option('--instances <list>', say('サービスの数（例: resize=2,ai-detection=2）', 'Instances of services, e.g. resize=2,ai-detection=2'))
    .action(async (options) => (await import('./up/command.ts')).up(options, config));
  examples(command, ['imageflow up', 'imageflow up --port 9000 --data-dir /srv/imageflow --instances resize=2,ai-detection=2']);
}

function addRun({ program, config, say, server, dataDir, examples }: Build): void {
  const collect = (word: string, words: readonly string[] = []) => [...words, word];
  const command = program
    .command('run')
    .description(
      say(
        'パイプラインを画像やフォルダーに対して実行します。サーバーが動いていなければ、その間だけ起動します',
        'Runs a pipeline on images or folders of images; without a running server, on one that is started for it',
      ),
    )
    .argument('<pipeline>', say('パイプラインの ID', 'Id of the pipeline'))
    .argument('<images...>', say('画像またはフォルダー', 'Images or folders'))
    .option(
      '--out <folder>',
      say('結果の画像、枠を描いた画像、results.json を置くフォルダー', 'Folder for output images, annotated images and results.json'),
    )
    .option('--json', say('結果を JSON で出力', 'Print results as JSON'))
    .option('--param <step.key=value>', say('パラメータ（繰り返し可）', 'Parameter (may be repeated)'), collect)
    .addOption(new Option('--priority <priority>', say('優先度', 'Priority')).choices(['low', 'normal', 'high']))
    .addOption(server())
    .addOption(dataDir())
    .action(async (pipeline, images, options) => (await import('./run/command.ts')).run(pipeline, images, options, config));
  examples(command, [
    'imageflow run quality-inspection-v1 samples/defects --out results',
    'imageflow run quality-inspection-v1 a.jpg b.png --param ai_detection.confidence_threshold=0.6 --priority high',
    "imageflow run coco-detection photos --json | jq '.[].detections[].class_name'",
  ]);
}

function addDoctor({ program, config, say, json, server, dataDir }: Build): void {
  program
    .command('doctor')
    .description(say('動作に必要なものを調べ、直し方を示します', 'Looks for what is wrong and says what to do'))
    .addOption(json())
    .addOption(server())
    .addOption(dataDir())
    .action(async (options) => (await import('./doctor/command.ts')).doctor(options, config));
}

function addSignIn({ program, config, say, server, examples }: Build): void {
  const command = program
    .command('login')
    .description(say('サーバーにログインします', 'Signs in to a server'))
    .option('--username <name>', say('ユーザー名', 'User name'))
    .addOption(server())
    .action(async (options) => (await import('./commands/login.ts')).login(options, config));
  examples(command, ['imageflow login --server https://imageflow.example.com', 'IMAGEFLOW_PASSWORD=… imageflow login --username ci']);
  program
    .command('logout')
    .description(say('ログアウトします', 'Signs out'))
    .addOption(server())
    .action(async (options) => (await import('./commands/login.ts')).logout(options, config));
}
