/** `--param step.key=value` as the parameters of an execution. */
import { Stop } from '../exit.ts';

/** Values are JSON where they can be read as such, else text. A key without a step goes to every step that knows it. */
export function parseParameters(words: readonly string[]): Record<string, unknown> {
  const parameters: Record<string, unknown> = {};
  for (const word of words) {
    const at = word.indexOf('=');
    const path = word.slice(0, at).split('.');
    if (at < 1 || path.some((name) => name === '')) throw notUnderstood(word);
    place(parameters, path, parseValue(word.slice(at + 1)), word);
  }
  return parameters;
}

function place(target: Record<string, unknown>, path: readonly string[], value: unknown, word: string): void {
  const [name = '', ...rest] = path;
  if (name === '__proto__') throw notUnderstood(word);
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const inner = target[name] ?? {};
  if (typeof inner !== 'object' || inner === null) throw notUnderstood(word);
  target[name] = inner;
  place(inner as Record<string, unknown>, rest, value, word);
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function notUnderstood(word: string): Stop {
  return new Stop(
    'usage',
    `--param は「ステップ.名前=値」の形です（例: --param resize.target_width=640）。読めない部分: ${word}`,
    `--param is written step.key=value, e.g. --param resize.target_width=640. Not understood: ${word}`,
  );
}
