/** The options of `imageflow dead-letters …`. */
import type { Client } from '@imageflow/client';
import type { Build } from '../help.ts';

type Commands = typeof import('./dead-letters.ts');

export function addDeadLetterCommands({ program, config, say, server, json, examples }: Build): void {
  const group = program
    .command('dead-letters')
    .description(say('実行を諦めた処理を調べ、やり直します', 'Shows work that was given up, and tries it again'));
  const call = async (options: { readonly server?: string }, act: (commands: Commands, client: Client) => Promise<void>) => {
    const { openServer } = await import('../server.ts');
    await act(await import('./dead-letters.ts'), await openServer(options.server, config));
  };
  group
    .command('list', { isDefault: true })
    .description(say('一覧', 'Lists them'))
    .option('--all', say('やり直したものも含める', 'Also those that were tried again'))
    .addOption(json())
    .addOption(server())
    .action((options) => call(options, ({ listDeadLetters }, client) => listDeadLetters(client, options, config.say)));
  group
    .command('redrive <id>')
    .description(say('やり直す', 'Tries one again'))
    .addOption(server())
    .action((id, options) => call(options, ({ redriveDeadLetter }, client) => redriveDeadLetter(client, id, config.say)));
  group
    .command('delete <id>')
    .description(say('削除（実行の記録は残ります）', 'Deletes one; the execution it is about stays'))
    .addOption(server())
    .action((id, options) => call(options, ({ deleteDeadLetter }, client) => deleteDeadLetter(client, id, config.say)));
  examples(group, ['imageflow dead-letters', 'imageflow dead-letters redrive 0199f3a0-…']);
}
