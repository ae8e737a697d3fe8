/** The `imageflow` program. */

import { reportFailure } from './failure.ts';
import { chooseLanguage, createSay } from './language.ts';
import { buildProgram } from './program.ts';

const language = chooseLanguage(process.argv, process.env);

try {
  await buildProgram(language).parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error, createSay(language));
}
