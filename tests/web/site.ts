/** The pages as people meet them: built, served by the real backend, in Chromium. */
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { adminPassword, openTestBackend, type TestBackend } from '../../apps/backend/src/testing/backend.ts';
import { buildPages } from '../../apps/web/build.ts';
import { findChromium } from '../../scripts/servers/index.ts';

/** Each wait of a test. */
const waitMs = 20_000;
export const dist = join(import.meta.dirname, '../../apps/web/dist');

export interface Site {
  readonly backend: TestBackend;
  readonly origin: string;
  /** A new browser profile; `errors` collects what its console and its policy complain of. */
  visit(options?: BrowserContextOptions): Promise<Visit>;
  close(): Promise<void>;
}

export interface Visit {
  readonly page: Page;
  readonly errors: readonly string[];
}

/** `env`: settings of the backend, e.g. the services of a test. */
export async function openSite(env: Readonly<Record<string, string>> = {}): Promise<Site> {
  await buildPages();
  const backend = await openTestBackend({ env: { IMAGEFLOW_WEB_DIR: dist, ...env } });
  const origin = await backend.listen();
  const browser = await launch();
  return {
    backend,
    origin,
    async visit(options = {}) {
      const context = await browser.newContext({
        viewport: { width: 1366, height: 768 },
        locale: 'en',
        reducedMotion: 'reduce',
        ...options,
      });
      context.setDefaultTimeout(waitMs);
      const page = await context.newPage();
      const errors: string[] = [];
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
      page.on('pageerror', (error) => errors.push(String(error)));
      return { page, errors };
    },
    async close() {
      await browser.close();
      await backend.close();
    },
  };
}

function launch(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('Chromium is missing');
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export async function signIn(page: Page, origin: string, path = '/'): Promise<void> {
  await page.goto(origin + path);
  await page.locator('[name=username]').fill('admin');
  await page.locator('[name=password]').fill(adminPassword);
  await page.locator('[type=submit]').click();
  await page.locator('nav').first().waitFor();
}

/** One line a finding of axe by the WCAG 2.2 A and AA rules. */
export async function findBarriers(page: Page): Promise<string[]> {
  // Debugger's evaluation: the page's own policy takes no foreign script.
  await page.evaluate(axe.source);
  const tags = JSON.stringify(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']);
  const look = `axe.run(document, { runOnly: ${tags} }).then(({ violations }) => violations.map((each) =>
    each.id + ': ' + each.nodes.map((node) => node.html + ' ' + node.failureSummary).join(' | ')))`;
  return (await page.evaluate(look)) as string[];
}

/** Texts that do not fit where they stand. */
export async function findClipped(page: Page): Promise<string[]> {
  const look = `[...document.querySelectorAll('button, a, h1, h2, label, li, p')].filter((each) =>
    each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== 'inline').map((each) => each.textContent)`;
  return (await page.evaluate(look)) as string[];
}
