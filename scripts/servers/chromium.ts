/** A browser for tests. It is no server: tests start it themselves (tests/streams/browser.ts). */
import { aptInstall, findProgram } from './install.ts';

/** Debian's own, and the names of others that speak the same protocol. */
const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** Path of the program. */
export function findChromium(): string | undefined {
  return names.map(findProgram).find((path) => path !== undefined);
}

/** @throws InstallError */
export function installChromium(): void {
  // The font: without it Japanese text has no glyphs, and looks at pages show nothing.
  if (findChromium() === undefined) aptInstall(['chromium', 'fonts-noto-cjk']);
}
