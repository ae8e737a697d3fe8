import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isWithout } from '../../scripts/servers/index.ts';
import { dist, findBarriers, findClipped, openSite, type Site, signIn } from './site.ts';

const firstPageKib = 250;

describe.skipIf(isWithout('chromium'))('sign-in and shell', { timeout: 120_000 }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  }, 120_000);
  afterAll(() => site?.close());

  test(`the first page is below ${firstPageKib} KiB`, async () => {
    const index = await readFile(join(dist, 'index.html'), 'utf8');
    const files = [...index.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1] ?? '');
    const bytes = await Promise.all(files.map(async (file) => gzipSync(await readFile(join(dist, file)), { level: 9 }).length));
    expect(files.length).toBeGreaterThan(1);
    expect(bytes.reduce((sum, each) => sum + each, 0) / 1024).toBeLessThan(firstPageKib);
  });

  test('signing in leads to where one wanted to go, without a complaint of the policy; reload stays', async () => {
    const { page, errors } = await site.visit();
    await page.goto(`${site.origin}/`);
    await page.waitForURL('**/login?next=*');
    await signIn(page, site.origin);
    await page.getByText('Nothing needs you.').waitFor();
    await page.reload();
    await page.getByText('Nothing runs and nothing waits.').waitFor();
    // The first visit asks who one is, and is told 401.
    expect(errors.filter((text) => !text.includes('401'))).toEqual([]);
    expect(await page.evaluate('document.cookie')).toBe('');
  });

  test('a wrong password is said, and what was typed stays', async () => {
    const { page } = await site.visit();
    await page.goto(`${site.origin}/login`);
    await page.locator('[name=username]').fill('admin');
    await page.locator('[name=password]').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    expect(await page.locator('[name=username]').inputValue()).toBe('admin');
  });

  test('two tabs whose access has ended renew it without signing each other out', async () => {
    const { page } = await site.visit();
    await signIn(page, site.origin);
    const other = await page.context().newPage();
    await other.goto(site.origin);
    await other.locator('nav').waitFor();
    await page.context().clearCookies({ name: 'imageflow_access' });
    await Promise.all([page.reload(), other.reload()]);
    await Promise.all([page.locator('nav').waitFor(), other.locator('nav').waitFor()]);
    await page.getByRole('button', { name: /Account/ }).click();
    await page.getByText('Sign out').click();
    await Promise.all([page.waitForURL('**/login'), other.waitForURL('**/login')]);
  });

  test.each([
    { locale: 'ja', colorScheme: 'light' },
    { locale: 'ja', colorScheme: 'dark' },
    { locale: 'en', colorScheme: 'light' },
    { locale: 'en', colorScheme: 'dark' },
  ] as const)('nobody is kept out: $locale, $colorScheme', async ({ locale, colorScheme }) => {
    const { page } = await site.visit({ locale, colorScheme });
    await page.goto(`${site.origin}/login`);
    await page.locator('[name=username]').waitFor();
    await keepPicture(page, `login-${locale}-${colorScheme}`);
    expect(await findBarriers(page)).toEqual([]);
    expect(await findClipped(page)).toEqual([]);
    await signIn(page, site.origin);
    await page.locator('section ul, section p').first().waitFor();
    await keepPicture(page, `home-${locale}-${colorScheme}`);
    expect(await findBarriers(page)).toEqual([]);
    expect(await findClipped(page)).toEqual([]);
  });

  /** Kept where CI collects them, and only there: they are for people to look at. */
  async function keepPicture(page: Page, name: string): Promise<void> {
    const folder = process.env.IMAGEFLOW_PICTURES;
    if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
  }
});
