/** What the commands share: options, and a help that speaks the chosen language. */
import { type Command, Option } from 'commander';
import type { CliConfig } from './config.ts';

export interface Build {
  readonly program: Command;
  readonly config: CliConfig;
  say(ja: string, en: string): string;
  server(): Option;
  dataDir(): Option;
  json(): Option;
  examples(command: Command, lines: readonly string[]): void;
}

/** Commander's own words. */
const titles: Readonly<Record<string, string>> = {
  'Usage:': '使い方:',
  'Arguments:': '引数:',
  'Options:': 'オプション:',
  'Commands:': 'コマンド:',
};

export function createBuild(program: Command, config: CliConfig): Build {
  const isJapanese = config.language === 'ja';
  const say = (ja: string, en: string): string => config.say({ ja, en });
  // Inherited by the commands that are added afterwards.
  program
    .exitOverride()
    .helpOption('-h, --help', say('説明を表示', 'Show this help'))
    .helpCommand('help [command]', say('コマンドの説明を表示', 'Show the help of a command'))
    .configureHelp({ styleTitle: (title) => (isJapanese ? (titles[title] ?? title) : title) });
  return {
    program,
    config,
    say,
    server: () => new Option('--server <address>', say('サーバーのアドレス', 'Address of the server')),
    dataDir: () => new Option('--data-dir <folder>', say('データのフォルダー', 'Folder of the data')).default(config.dataDir),
    json: () => new Option('--json', say('JSON で出力', 'Print JSON')),
    examples: (command, lines) => {
      command.addHelpText('after', `\n${say('例', 'Examples')}:\n${lines.map((line) => `  ${line}`).join('\n')}`);
    },
  };
}
