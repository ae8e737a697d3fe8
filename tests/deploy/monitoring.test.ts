/** Alerts and dashboard are about metrics that exist, with labels that they have. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestBackend, type TestBackend } from '../../apps/backend/src/testing/backend.ts';

const folder = join(import.meta.dirname, '../../deploy/monitoring');

let backend: TestBackend;
let served: string;
beforeAll(async () => {
  backend = await openTestBackend();
  await backend.app.inject({ method: 'GET', url: '/livez' });
  served = (await backend.app.inject({ method: 'GET', url: '/metrics' })).body;
});
afterAll(() => backend.close());

const known = (): ReadonlySet<string> => {
  const names = [...served.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Set(
    names.flatMap(([, name = '', type]) => (type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name])),
  );
};

const used = (text: string): readonly string[] => [...new Set(text.match(/\bimageflow_[a-z0-9_]+/g))];

it.each(['alerts.yaml', 'dashboard.json'])('%s names metrics that the backend serves', async (file) => {
  const names = used(await readFile(join(folder, file), 'utf8'));
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !known().has(name))).toEqual([]);
});

it('tells of each dependency, the room on the disk and the dead letters', () => {
  expect(served).toContain('imageflow_dependency_up{dependency="database",kind="pglite"} 1');
  expect(served).toMatch(/^imageflow_data_free_bytes \d/m);
  expect(served).toContain('imageflow_dead_letters 0');
});
