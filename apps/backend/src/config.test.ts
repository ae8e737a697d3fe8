import { join, resolve } from 'node:path';
import { AppError } from '@imageflow/core';
import { expect, test } from 'vitest';
import { parseConfig } from './config.ts';

test('an empty environment gives the embedded defaults', () => {
  const config = parseConfig({});
  expect(config).toMatchObject({ host: '127.0.0.1', port: 8080, grpcPort: 50050, busUrl: 'embedded', adminPassword: undefined });
  expect(config.databaseUrl).toBe(`pglite:${join(resolve('data'), 'database')}`);
  expect(config.objectsUrl).toBe(`folder:${join(resolve('data'), 'objects')}`);
  expect(config.services.map((entry) => entry.address)).toEqual([
    '127.0.0.1:50051',
    '127.0.0.1:50052',
    '127.0.0.1:50053',
    '127.0.0.1:50054',
  ]);
  expect(config.limits).toMatchObject({ maxFileBytes: 50_000_000, maxPixels: 100_000_000, maxFiles: 32, queueLimit: 10_000 });
  expect(Object.isFrozen(config)).toBe(true);
});

test('a service may occur several times', () => {
  const config = parseConfig({ IMAGEFLOW_SERVICES: 'FilterService=a:1, FilterService=b:2' });
  expect(config.services).toEqual([
    { service: 'FilterService', address: 'a:1' },
    { service: 'FilterService', address: 'b:2' },
  ]);
});

test('all wrong settings are reported together, without their values', () => {
  const env = { IMAGEFLOW_PORT: 'x', IMAGEFLOW_TIMEZONE: 'Mars/Base', IMAGEFLOW_SERVICES: 'nonsense', IMAGEFLOW_ADMIN_PASSWORD: 'short' };
  const error = failure(() => parseConfig(env));
  expect(error.faults.map((fault) => fault.field).sort()).toEqual(Object.keys(env).sort());
  expect(JSON.stringify([error.faults, error.message])).not.toContain('"short"');
});

test('an empty value counts as absent', () => {
  expect(parseConfig({ IMAGEFLOW_PORT: '' }).port).toBe(8080);
});

function failure(act: () => unknown): AppError {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('expected a failure');
}
