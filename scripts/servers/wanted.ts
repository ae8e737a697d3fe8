/**
 * Which tests run on real servers, by IMAGEFLOW_TEST_SERVERS:
 * "required": all, and what is missing is a failure (the default where CI is set); "auto": those whose servers are here; "off": none.
 */
import { catalogue, type ServerKind, type ServerName, serverNames } from './catalogue.ts';

export type Wanted = 'required' | 'auto' | 'off';

/** @throws Error for any other word */
export function parseWanted(env: Readonly<Record<string, string | undefined>>): Wanted {
  const isCi = !['', '0', 'false'].includes(env.CI ?? '');
  const text = env.IMAGEFLOW_TEST_SERVERS || (isCi ? 'required' : 'auto');
  if (text === 'required' || text === 'auto' || text === 'off') return text;
  throw new Error(`IMAGEFLOW_TEST_SERVERS is "${text}"; it can be required, auto or off`);
}

/** For `describe.skipIf`. Where servers are required it is false, so that the test fails with what to do. */
export function isWithout(...names: readonly ServerName[]): boolean {
  const wanted = parseWanted(process.env);
  if (wanted === 'off') return true;
  const missing = names.map((name): ServerKind => catalogue[name]).filter((kind) => !kind.isInstalled());
  return wanted === 'required' ? missing.some((kind) => kind.isOptional === true) : missing.length > 0;
}

/** Of those that tests need. */
export function missingServers(): readonly ServerName[] {
  return serverNames.filter((name) => {
    const kind: ServerKind = catalogue[name];
    return kind.isOptional !== true && !kind.isInstalled();
  });
}

/** Undefined when no test is left out. */
export function adviceOnMissing(): string | undefined {
  const wanted = parseWanted(process.env);
  if (wanted === 'off') return 'Tests on real servers are left out: IMAGEFLOW_TEST_SERVERS is off.';
  const titles = missingServers().map((name) => catalogue[name].title);
  if (titles.length === 0) return undefined;
  const outcome = wanted === 'required' ? 'fail' : 'are skipped';
  return `Not installed: ${titles.join(', ')}. Tests on them ${outcome}. To install them: npm run servers -- install`;
}
