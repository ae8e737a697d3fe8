/** Which language the terminal is spoken to in. */
import type { Language, LocalizedText } from '@imageflow/core';

export type { Language };

/** `--lang` wins; else the usual variables of a terminal. English when they name neither. */
export function chooseLanguage(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Language {
  const at = argv.findIndex((word) => word === '--lang' || word.startsWith('--lang='));
  const wanted = at === -1 ? undefined : (argv[at]?.split('=')[1] ?? argv[at + 1]);
  if (wanted === 'ja' || wanted === 'en') return wanted;
  return (env.LC_ALL || env.LC_MESSAGES || env.LANG || '').toLowerCase().startsWith('ja') ? 'ja' : 'en';
}

export type Say = (text: LocalizedText) => string;

export function createSay(language: Language): Say {
  return (text) => text[language];
}
