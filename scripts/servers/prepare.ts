/** Before `npm test`: installs the servers that tests run on, or says in plain words which tests will be skipped. */
import { catalogue } from './catalogue.ts';
import { InstallError } from './install.ts';
import { adviceOnMissing, missingServers, parseWanted } from './wanted.ts';

const wanted = parseWanted(process.env);
if (wanted !== 'off') {
  for (const name of missingServers()) {
    const { title, install } = catalogue[name];
    console.log(`${title} is missing; installing it (once)…`);
    try {
      install();
    } catch (error) {
      if (!(error instanceof InstallError)) throw error;
      console.log(`${title}: ${error.message}`);
    }
  }
}
const advice = adviceOnMissing();
if (advice !== undefined) console.log(`\n${advice}\n`);
