import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestService, type TestService } from '../../apps/backend/src/testing/service.ts';
import { isWithout } from '../../scripts/servers/index.ts';
import { findBarriers, findClipped, openSite, type Site, signIn } from './site.ts';

const photo = join(import.meta.dirname, '../../samples/defects/4000_0000.png');

describe.skipIf(isWithout('chromium'))('runs', { timeout: 120_000 }, () => {
  let service: TestService;
  let site: Site;
  beforeAll(async () => {
    service = await openTestService('LookService', [{ method: 'Look', parameters: { type: 'object' } }]);
    site = await openSite({ IMAGEFLOW_SERVICES: service.setting });
    const payload = {
      pipeline_id: 'look',
      name: 'Look twice',
      version: '1.0.0',
      steps: [
        { step_id: 'first', service: 'LookService', method: 'Look' },
        { step_id: 'second', service: 'LookService', method: 'Look', depends_on: ['first'] },
      ],
    };
    const headers = await site.backend.login('admin');
    expect((await site.backend.app.inject({ method: 'POST', url: '/api/v1/pipelines', headers, payload })).statusCode).toBe(201);
  }, 120_000);
  afterAll(async () => {
    await site?.close();
    service?.close();
  });

  async function startRun(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'New run' }).click();
    await page.getByLabel('Pipeline').selectOption('look');
    await page.getByLabel('Images').setInputFiles(photo);
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.waitForURL(/[?&]run=/);
  }

  test('a picture that is sent becomes a run whose steps are shown when they end, without a reload', async () => {
    const { page, errors } = await site.visit();
    await signIn(page, site.origin, '/runs');
    await page.getByText('There is no such run').waitFor();
    await startRun(page);
    const detail = page.getByRole('region', { name: 'Details of the run' });
    await detail.getByRole('row', { name: /second.*Completed/ }).waitFor();
    await page.getByRole('region', { name: 'List of runs' }).getByText('Completed', { exact: true }).last().waitFor();
    // The picture comes by its address alone, with the cookies of the sign-in.
    const input = detail.getByRole('img', { name: /4000_0000\.png/ });
    await expect.poll(() => input.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth)).toBeGreaterThan(0);
    expect(errors.filter((text) => !text.includes('401'))).toEqual([]);
  });

  test('the address says which run and which filter: a reload shows the same; running again shows the new one', async () => {
    const { page } = await site.visit();
    await signIn(page, site.origin, '/runs');
    await startRun(page);
    await page.getByRole('link', { name: 'Completed', exact: true }).click();
    await page.waitForURL(/status=completed/);
    await page.reload();
    const detail = page.getByRole('region', { name: 'Details of the run' });
    await detail.getByRole('row', { name: /first.*Completed/ }).waitFor();
    const before = page.url();
    await detail.getByRole('button', { name: 'Run again' }).click();
    await page.waitForURL((url) => url.href !== before && url.search.includes('run='));
    await detail.getByRole('row', { name: /second.*Completed/ }).waitFor();
  });

  test('a run that is not there, and an address that says nothing known, are said and stay usable', async () => {
    const { page } = await site.visit();
    await signIn(page, site.origin, '/runs?status=sideways&run=01890a5d-ac96-774b-bcce-b302099a8057');
    await page.getByRole('region', { name: 'Details of the run' }).getByRole('alert').waitFor();
    await page.getByRole('listitem').getByText('look', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'New run' }).waitFor();
  });

  test.each([
    { locale: 'ja', colorScheme: 'light' },
    { locale: 'en', colorScheme: 'dark' },
  ] as const)('nobody is kept out: $locale, $colorScheme', async ({ locale, colorScheme }) => {
    const { page } = await site.visit({ locale, colorScheme });
    await signIn(page, site.origin, '/runs');
    await page.getByRole('listitem').getByRole('link').first().waitFor();
    await page.locator('section ul a').first().click();
    await page.locator('table').waitFor();
    expect(await findBarriers(page)).toEqual([]);
    expect(await findClipped(page)).toEqual([]);
    await page.locator('header button').first().click();
    expect(await findBarriers(page)).toEqual([]);
  });
});
