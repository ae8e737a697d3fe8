import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';

const count = 400;

/** A program that takes ports and goes on. */
async function takePorts(): Promise<readonly number[]> {
  const ports = JSON.stringify(new URL('./ports.ts', import.meta.url).href);
  const source = `import { freePorts } from ${ports}; console.log(JSON.stringify(await freePorts(${count}))); setInterval(() => {}, 1000);`;
  const program = spawn(process.execPath, ['--input-type=module', '--eval', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void program.kill());
  let said = '';
  while (!said.endsWith('\n')) {
    const [chunk] = await once(program.stdout, 'data');
    said += chunk;
  }
  return JSON.parse(said);
}

// Without an agreement they would have one in common in all but one of 600,000 runs.
test.runIf(process.platform === 'linux')('programs that look for ports at the same time never get the same', async () => {
  const [one, other] = await Promise.all([takePorts(), takePorts()]);
  expect(new Set([...one, ...other]).size).toBe(2 * count);
});
