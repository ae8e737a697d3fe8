/** How the program ends: codes that scripts can use, and failures that are explained. */
import type { LocalizedText } from '@imageflow/core';

/** `interrupted` is what shells say after Ctrl-C. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, unreachable: 3, signIn: 4, interrupted: 130 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A failure with its explanation: what happened, what to do. */
export class Stop extends Error {
  readonly code: ExitCode;
  readonly text: LocalizedText;

  constructor(code: keyof typeof exitCodes, ja: string, en: string, cause?: unknown) {
    super(en, { cause });
    this.name = 'Stop';
    this.code = exitCodes[code];
    this.text = { ja, en };
  }
}

export function unreachable(server: string): Stop {
  return new Stop(
    'unreachable',
    `${server} から応答がありません。サーバーを起動するか（npm start）、--server で指定してください`,
    `${server} does not answer. Start the server (npm start) or name another with --server`,
  );
}
