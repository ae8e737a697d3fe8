/** `imageflow doctor`: looks at everything a working installation needs; each line says what to do. */
import { resolve } from 'node:path';
import type { CliConfig } from '../config.ts';
import { exitCodes } from '../exit.ts';
import type { Say } from '../language.ts';
import { chooseServer } from '../server.ts';
import { checkDependencies } from './dependencies.ts';
import type { Finding } from './finding.ts';
import { checkMachine } from './machine.ts';
import { checkServer } from './server.ts';
import { checkWay } from './way.ts';

export interface DoctorOptions {
  readonly server?: string;
  readonly dataDir: string;
  readonly json?: boolean;
}

export async function doctor(options: DoctorOptions, config: CliConfig): Promise<void> {
  const { server } = await chooseServer(options.server, config);
  const findings = await Promise.all([
    checkMachine(resolve(options.dataDir), config.ffmpeg),
    checkDependencies(config),
    checkWay(server),
    checkServer(server, config),
  ]).then((parts) => parts.flat());
  if (options.json === true) console.log(JSON.stringify(findings, null, 2));
  else for (const finding of findings) print(finding, config.say);
  if (findings.some((finding) => finding.state === 'fault')) process.exitCode = exitCodes.failed;
}

const marks = { ok: '✓', hint: '·', fault: '✗' } as const;

function print({ state, what, advice }: Finding, say: Say): void {
  console.log(`${marks[state]} ${say(what)}${advice === undefined ? '' : `\n    → ${say(advice)}`}`);
}
