/** Questions to whoever sits at the terminal; without one, lines of standard input. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Stop } from './exit.ts';

export interface Prompt {
  ask(question: string): Promise<string>;
  /** What is typed is not shown. */
  askSecret(question: string): Promise<string>;
  close(): void;
}

/** One for all questions: what is typed ahead of the second would be lost between two. */
export function openPrompt(): Prompt {
  const isTerminal = process.stdin.isTTY === true;
  let isShown = isTerminal;
  // What is typed is echoed by readline, not by the terminal.
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (isShown) process.stderr.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output, terminal: isTerminal });
  const stopping = new AbortController();
  lines.on('SIGINT', () => stopping.abort());
  const ask = async (question: string): Promise<string> => {
    const answer = lines.question(question, { signal: stopping.signal });
    return (await Promise.race([answer.catch(() => interrupted()), ended])).trim();
  };
  const ended = new Promise<string>((_resolve, reject) => lines.once('close', () => reject(noAnswer())));
  ended.catch(() => undefined);
  return {
    ask,
    async askSecret(question) {
      const answer = ask(question);
      isShown = false;
      try {
        return await answer;
      } finally {
        isShown = isTerminal;
        if (isTerminal) process.stderr.write('\n');
      }
    },
    close: () => lines.close(),
  };
}

/** By Ctrl-C or Ctrl-D. */
function interrupted(): never {
  throw new Stop('interrupted', '中断しました', 'Interrupted');
}

function noAnswer(): Stop {
  return new Stop('usage', '入力がありません', 'There was no answer');
}
