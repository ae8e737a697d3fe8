/** The `imageflow` program. */
import { readConfig } from './config.ts';
import { reportFailure } from './failure.ts';
import { endWithReader } from './output.ts';
import { buildProgram } from './program.ts';

endWithReader();
const config = readConfig(process.argv, process.env);

try {
  await buildProgram(config).parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error, config.say);
}
