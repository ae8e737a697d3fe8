import { checkJsonSchema, createForm, fillDefaults } from '@imageflow/schema';
import { expect, test } from 'vitest';
import { filterNames } from './filters.ts';
import { applyFilterSchema, applyQualityFilterSchema } from './schema.ts';
import { parseTextParameters } from './text-parameters.ts';

const schemas = [applyFilterSchema, applyQualityFilterSchema];
const faultsOf = (value: unknown, schema = applyFilterSchema) => checkJsonSchema(schema, value).map((fault) => fault.path);

test('both components take filter_type and parameters, as the sample pipeline of the design declares them', () => {
  for (const schema of schemas) {
    expect(schema.properties).toMatchObject({ filter_type: { enum: filterNames }, parameters: { type: 'object' } });
    expect(faultsOf({ filter_type: 'blur', parameters: { sigma: 3 } }, schema)).toEqual([]);
  }
});

test('every filter is accepted with nothing but its name', () => {
  for (const schema of schemas) for (const name of filterNames) expect(faultsOf({ filter_type: name }, schema)).toEqual([]);
});

test("a filter's parameters are checked by its own names and ranges", () => {
  expect(faultsOf({ filter_type: 'blur', parameters: { sigma: 1000 } })).toEqual(['/parameters/sigma']);
  expect(faultsOf({ filter_type: 'blur', parameters: { gamma: 2 } })).toEqual(['/parameters/gamma']);
  expect(faultsOf({ filter_type: 'median', parameters: { size: 4 } })).toEqual(['/parameters/size']);
  expect(faultsOf({ parameters: { sigma: 2 } })).toEqual(['/parameters/sigma']);
  expect(faultsOf({ filter_type: 'emboss' })).toEqual(['/filter_type']);
});

test('quality limits belong to the quality filter only', () => {
  expect(faultsOf({ min_sharpness: 50 }, applyQualityFilterSchema)).toEqual([]);
  expect(faultsOf({ min_sharpness: 50 })).toEqual(['/min_sharpness']);
  expect(fillDefaults(applyQualityFilterSchema, {})).toEqual({ filter_type: 'none', parameters: {}, on_fail: 'report' });
});

test('parameters given as texts become what the schemas say they are', () => {
  const texts = { sigma: '2.5', min_sharpness: '100', on_fail: 'fail' };
  expect(parseTextParameters('ApplyQualityFilter', 'blur', texts)).toEqual({
    parameters: { sigma: 2.5 },
    min_sharpness: 100,
    on_fail: 'fail',
  });
  expect(parseTextParameters('ApplyFilter', 'threshold', { invert: 'true', value: '7' })).toEqual({
    parameters: { invert: true, value: 7 },
  });
  expect(parseTextParameters('ApplyFilter', 'median', { size: '5' })).toEqual({ parameters: { size: 5 } });
});

test('texts that are none of it stay texts, for the schema to refuse', () => {
  const given = parseTextParameters('ApplyFilter', 'blur', { sigma: 'wide', __proto__: 'x', toString: 'y' });
  expect(faultsOf({ filter_type: 'blur', ...given }).sort()).toEqual(['/parameters/sigma', '/parameters/toString']);
});

test('the form of a filter follows the chosen one, in both languages', () => {
  const [choice, parameters] = createForm(applyFilterSchema, { filter_type: 'blur' }).fields;
  expect(choice).toMatchObject({
    kind: 'choice',
    label: { ja: 'フィルタ', en: 'Filter' },
    choices: expect.arrayContaining([{ value: 'median', label: { ja: 'メディアン', en: 'Median' } }]),
  });
  expect(parameters).toMatchObject({
    kind: 'group',
    fields: [{ kind: 'number', path: '/parameters/sigma', label: { ja: 'シグマ', en: 'Sigma' } }],
  });
  expect(createForm(applyFilterSchema, {}).fields[1]).toMatchObject({ kind: 'group', fields: [] });
});
