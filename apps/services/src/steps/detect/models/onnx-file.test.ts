import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { constantGraph, externalModels, makeModel, weights } from '../made-models.ts';
import { shippedFolder } from './manifest.ts';
import { readOnnxHeader } from './onnx-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imageflow-onnx-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function header(bytes: Uint8Array) {
  const path = join(folder, 'model.onnx');
  await writeFile(path, bytes);
  return readOnnxHeader(path);
}

const input = { dims: ['batch', 3, 'height', 64] };
const output = { dims: [1, 6, 1] };
const graph = constantGraph([1, 2, 3, 4, 5, 6], [1, 6, 1]);

describe('the header of an ONNX file', () => {
  test('tells inputs, outputs and metadata', async () => {
    const found = await header(makeModel({ input, output, graph, metadata: { task: 'detect', names: "{0: '傷'}" } }));
    expect(found.io.inputs).toEqual([{ name: 'images', type: 'float32', dims: [undefined, 3, undefined, 64] }]);
    expect(found.io.outputs).toEqual([{ name: 'output0', type: 'float32', dims: [1, 6, 1] }]);
    expect(found.metadata).toEqual(
      new Map([
        ['task', 'detect'],
        ['names', "{0: '傷'}"],
      ]),
    );
  });

  test('of a large model is read without its weights', async () => {
    const big = weights('big', new Array(1_000_000).fill(0), [1_000_000]);
    const found = await header(makeModel({ input, output, graph: [big, ...graph] }));
    expect(found.io.outputs).toHaveLength(1);
  });

  test('of the shipped detector names its classes', async () => {
    const found = await readOnnxHeader(join(shippedFolder, 'nanodet-g-416-w16.onnx'));
    expect(found.metadata.get('names')).toContain("0: 'person'");
    expect(found.io.inputs).toEqual([{ name: 'images', type: 'float32', dims: [1, 3, 416, 416] }]);
  });
});

describe('what is no usable ONNX file is refused with the reason', () => {
  const whole = makeModel({ input, output, graph });
  test.each([
    ['an empty file', Buffer.alloc(0)],
    ['text', Buffer.from('this is not a model at all, just words\n'.repeat(10))],
    ['a ZIP (PyTorch checkpoint)', Buffer.from('PK\u0003\u0004 archive/data.pkl and so on')],
    ['zeros', Buffer.alloc(4096)],
    ['a model cut at 50 %', whole.subarray(0, whole.length / 2)],
    ['a model cut at 90 %', whole.subarray(0, whole.length * 0.9)],
    ['random bytes', Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919 + 13) % 251))],
  ])('%s', async (_, bytes) => {
    await expect(header(bytes)).rejects.toMatchObject({ name: 'ModelFault', message: expect.stringContaining('not an ONNX file') });
  });

  test.each([...externalModels({ input, output, graph }, 'package.json')])('data in a second file: %s', async (_, bytes) => {
    await expect(header(bytes)).rejects.toThrow('separate file');
  });

  test('a field number that only a parser of 32 bits takes for the graph', async () => {
    const tag = Buffer.from([0xba, 0x80, 0x80, 0x80, 0x10, 0x00]);
    await expect(header(Buffer.concat([whole, tag]))).rejects.toThrow('no field');
  });
});
