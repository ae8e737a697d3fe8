import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const module = fileURLToPath(new URL('index.ts', import.meta.url));
const program = (then: string): string => `
  import { pino } from 'pino';
  import { standardOutput } from ${JSON.stringify(module)};
  const log = pino({}, standardOutput());
  log.info('first');
  setTimeout(() => {
    for (let line = 0; line < 3; line += 1) log.info('more');
    ${then}
  }, 300);`;

describe('standard output', () => {
  it('is written before the program ends', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program('process.exit(3);')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (piece: Buffer) => {
      text += piece.toString();
    });
    expect(await once(child, 'close')).toEqual([3, null]);
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).msg),
    ).toEqual(['first', 'more', 'more', 'more']);
  });

  it.each(['process.exit(3);', 'setTimeout(() => process.exit(3), 100);'])(
    'whose reader is gone does not keep the program: %s',
    async (then) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program(then)], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      child.stdout.destroy();
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      expect(await once(child, 'exit')).toEqual([3, null]);
      clearTimeout(timer);
    },
  );

  it.runIf(process.platform === 'linux')('that is full does not stop the program', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, ['--input-type=module', '-e', program('process.exit(3);')], {
      stdio: ['ignore', full, 'inherit'],
    });
    closeSync(full);
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    expect(await once(child, 'exit')).toEqual([3, null]);
    clearTimeout(timer);
  });
});
