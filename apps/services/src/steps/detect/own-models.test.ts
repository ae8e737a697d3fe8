import { copyFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { channelMeansGraph, constantGraph, externalModels, type MadeModel, makeModel, wholeInputGraph } from './made-models.ts';
import { shippedFolder } from './models/manifest.ts';
import { openTestService, plain, type TestService } from './open-for-tests.ts';

let service: TestService;
beforeAll(async () => {
  service = await openTestService({ IMAGEFLOW_LOADED_MODELS: '2', IMAGEFLOW_MAX_MODEL_BYTES: String(2 * 1024 * 1024) });
});
afterAll(() => service.close());

const grey = plain(200, 100, [90, 90, 90]);
const detectInput = { dims: [1, 3, 64, 64] };

/** Two boxes in pixels of a 64 × 64 input: cx, cy, w, h and the scores of two classes, column by column. */
const twoBoxes = [...[16, 40], ...[32, 32], ...[8, 16], ...[16, 8], ...[0.9, 0.1], ...[0.2, 0.8]];
const twoClasses: MadeModel = {
  input: detectInput,
  output: { dims: [1, 6, 2] },
  graph: constantGraph(twoBoxes, [1, 6, 2]),
  metadata: { task: 'detect', names: "{0: 'bolt', 1: 'nut'}", license: 'MIT' },
};

/** An end-to-end detector of two classes that answers these rows. */
function rows(values: readonly (readonly number[])[]): MadeModel {
  const dims = [1, values.length, 6];
  return { ...twoClasses, output: { dims }, graph: constantGraph(values.flat(), dims) };
}

async function found(model: string, image = grey) {
  const { detections } = await service.run('Detect', image, { model_name: model, confidence_threshold: 0.5 });
  return detections.map(({ class_name, confidence, bbox }) => [
    class_name,
    Math.round(confidence * 100) / 100,
    ...Object.values(bbox).map(Math.round),
  ]);
}

/** A 200 × 100 image in 64 × 64 is 64 × 32, 16 down: 3.125 pixels of it are one of the input's. */
const expectedTwo = [
  ['bolt', 0.9, 38, 25, 25, 50],
  ['nut', 0.8, 100, 38, 50, 25],
];

describe('exports are taken as they are', () => {
  test('a detector of two classes, whose 6 rows are not an end-to-end output', async () => {
    await service.drop('two-classes.onnx', makeModel(twoClasses));
    expect(await found('two-classes')).toEqual(expectedTwo);
    const listed = await service.findModel('two-classes');
    expect(listed).toMatchObject({
      task: 'detect',
      class_names: ['bolt', 'nut'],
      end_to_end: false,
      origin: 'user',
      fault: '',
      input_width: 64,
      info: { adapter: 'yolo11', license: 'MIT' },
    });
  });

  test('an end-to-end one whose metadata denies it, and a raw one whose metadata claims it', async () => {
    const rows = [...[12, 24, 20, 40, 0.9, 0], ...[32, 28, 48, 36, 0.8, 1], ...[0, 0, 0, 0, 0, 0]];
    const names = "['bolt', 'nut']";
    const graph = constantGraph(rows, [1, 3, 6]);
    await service.drop(
      'lies-no.onnx',
      makeModel({ input: detectInput, output: { dims: [1, 3, 6] }, graph, metadata: { names, end2end: 'False' } }),
    );
    await service.drop('lies-yes.onnx', makeModel({ ...twoClasses, metadata: { names, end2end: 'True' } }));
    expect(await found('lies-no')).toEqual(expectedTwo);
    expect(await found('lies-yes')).toEqual(expectedTwo);
    expect(await service.findModel('lies-no')).toMatchObject({ end_to_end: true });
  });

  test('16-bit floats in and out', async () => {
    const model: MadeModel = {
      ...twoClasses,
      input: { dims: [1, 3, 64, 64], type: 'float16' },
      output: { dims: [1, 6, 2], type: 'float16' },
      graph: constantGraph(twoBoxes, [1, 6, 2], 'float16'),
    };
    await service.drop('half.onnx', makeModel(model));
    expect(await found('half')).toEqual(expectedTwo);
    expect(await service.findModel('half')).toMatchObject({ input_type: 'float16' });
  });

  test('dynamic axes: the image is given in its own shape', async () => {
    const metadata = { names: "{0: 'all', 1: 'b', 2: 'c'}", imgsz: '[128, 128]', stride: '32' };
    const input = { dims: ['batch', 3, 'height', 'width'] };
    await service.drop('dynamic.onnx', makeModel({ input, output: { dims: ['batch', 7, 'n'] }, graph: wholeInputGraph(3), metadata }));
    // The model's box is its whole input; the image covers it but for the padding, which is cut off.
    expect(await found('dynamic')).toEqual([['all', 0.9, 0, 0, 200, 100]]);
    expect(await found('dynamic', plain(100, 300, [0, 0, 0]))).toEqual([['all', 0.9, 0, 0, 100, 300]]);
    expect(await service.findModel('dynamic')).toMatchObject({ input_width: 0, input_height: 0 });
  });

  test('names come from a file beside the model when it has none', async () => {
    const { metadata: _, ...nameless } = twoClasses;
    for (const [ending, text] of [
      ['txt', 'bolt\nnut\n'],
      ['names', 'bolt\r\nnut'],
      ['json', '["bolt", "nut"]'],
    ] as const) {
      const name = `nameless-${ending}`;
      await service.drop(`${name}.${ending}`, text);
      await service.drop(`${name}.onnx`, makeModel(nameless));
      expect(await found(name)).toEqual(expectedTwo);
    }
  });

  test('a settings file gives licence, thresholds and description', async () => {
    const settings = { license: 'proprietary', confidence_threshold: 0.85, iou_threshold: 0.3, description: 'Line 3' };
    await service.drop('with-settings.json', JSON.stringify(settings));
    await service.drop('with-settings.onnx', makeModel(twoClasses));
    const { detections } = await service.run('Detect', grey, { model_name: 'with-settings' });
    expect(detections.map((detection) => detection.class_name)).toEqual(['bolt']);
    const listed = await service.findModel('with-settings');
    expect(listed?.info?.license).toBe('proprietary');
    expect(listed?.default_iou_threshold).toBeCloseTo(0.3, 5);
  });
});

describe('classifiers', () => {
  const input = { dims: [1, 3, 32, 32] };
  const output = { dims: [1, 3] };
  const names = "{0: 'red', 1: 'green', 2: 'blue'}";

  async function ranked(model: string, colour: readonly [number, number, number]) {
    const { attributes } = await service.run('Detect', plain(50, 80, colour), { model_name: model });
    return z.object({ classifications: z.array(z.object({ class_name: z.string(), confidence: z.number() })) }).parse(attributes)
      .classifications;
  }

  test('of YOLO get RGB/255 and answer probabilities as they are', async () => {
    const graph = channelMeansGraph(true);
    await service.drop('yolo-cls.onnx', makeModel({ input, output, graph, metadata: { task: 'classify', names } }));
    const classes = await ranked('yolo-cls', [0, 255, 51]);
    expect(classes.map((each) => each.class_name)).toEqual(['green', 'blue', 'red']);
    const sum = Math.exp(0) + Math.exp(1) + Math.exp(0.2);
    expect(classes[0]?.confidence).toBeCloseTo(Math.E / sum, 5);
  });

  test('of torchvision get mean and deviation, and their logits become probabilities', async () => {
    await service.drop('tv-cls.names', 'red\ngreen\nblue');
    await service.drop('tv-cls.onnx', makeModel({ input, output, graph: channelMeansGraph() }));
    const classes = await ranked('tv-cls', [255, 0, 0]);
    const logits = [(1 - 0.485) / 0.229, (0 - 0.456) / 0.224, (0 - 0.406) / 0.225];
    const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
    expect(classes[0]?.class_name).toBe('red');
    expect(classes[0]?.confidence).toBeCloseTo(Math.exp(logits[0] ?? 0) / sum, 5);
    expect(classes.reduce((total, each) => total + each.confidence, 0)).toBeCloseTo(1, 5);
  });

  test('of 1000 classes without names get those of ImageNet', async () => {
    const values = Array.from({ length: 1000 }, (_, index) => (index === 281 ? 9 : 0));
    await service.drop('thousand.onnx', makeModel({ input, output: { dims: [1, 1000] }, graph: constantGraph(values, [1, 1000]) }));
    expect((await ranked('thousand', [0, 0, 0]))[0]?.class_name).toBe('tabby');
  });
});

describe('what cannot be used is listed with its reason, and nothing else suffers', () => {
  const graph = constantGraph(twoBoxes, [1, 6, 2]);
  const { metadata: _, ...nameless } = twoClasses;
  test.each<[string, MadeModel | Buffer, string]>([
    ['not-onnx', Buffer.from('just a text'), 'not an ONNX file'],
    ['cut', makeModel(twoClasses).subarray(0, 200), 'not an ONNX file'],
    ['nhwc', { ...twoClasses, input: { dims: [1, 64, 64, 3] } }, 'Its input is float32 [1,64,64,3]'],
    ['flat', { ...twoClasses, input: { dims: [1, 3, 64] } }, 'Its input is float32 [1,3,64]'],
    ['batch-of-8', { ...twoClasses, input: { dims: [8, 3, 64, 64] } }, 'Its input is float32 [8,3,64,64]'],
    ['uint8', { ...twoClasses, input: { dims: [1, 3, 64, 64], type: 'uint8' } }, 'Its input is uint8'],
    ['giant', { ...twoClasses, input: { dims: [1, 3, 90_000, 90_000] } }, 'sides up to 4096'],
    ['no-names', nameless, 'has no class names'],
    ['three-names', { ...twoClasses, metadata: { names: "['a','b','c']" } }, 'There are 3 class names, but the model answers 2 classes'],
    ['pose', { ...twoClasses, metadata: { task: 'pose', names: "['a','b']" } }, 'task=pose'],
    ['two-outputs', { ...twoClasses, graph, moreOutputs: 1 }, '2 outputs'],
    ['one-dim', { ...twoClasses, output: { dims: [12] }, graph: constantGraph(twoBoxes, [12]) }, 'Its output is float32 [12]'],
    ['yolov5', { ...twoClasses, output: { dims: [1, 20, 7] }, graph: constantGraph(new Array(140).fill(0), [1, 20, 7]) }, 'transposed'],
    ['yolov5-one-class', rows([[12, 24, 20, 40, 0.9, 0.2318]]), 'class numbers are not whole'],
    ['class-past-names', rows([[12, 24, 20, 40, 0.9, 2]]), 'past its class names'],
    ['centre-and-size', rows([[32, 28, 8, 16, 0.9, 1]]), 'wrong way round'],
    ['fractions', rows([[0.1, 0.2, 0.5, 0.5, 0.9, 1]]), 'fractions of the image'],
    ['percent', rows([[12, 24, 20, 40, 90, 1]]), 'between 0 and 1'],
    ['raw-logits', { ...twoClasses, graph: constantGraph([...twoBoxes.slice(0, 8), 3, -2, -4, 1], [1, 6, 2]) }, 'between 0 and 1'],
    [
      'raw-fractions',
      {
        ...twoClasses,
        graph: constantGraph(
          twoBoxes.map((value) => value / 64),
          [1, 6, 2],
        ),
      },
      'fractions of the image',
    ],
    [
      'one-class',
      { ...twoClasses, output: { dims: [1, 1] }, graph: constantGraph([0.7], [1, 1]), metadata: { names: "['bad']" } },
      'a single class',
    ],
    ...[...externalModels(twoClasses, 'package.json').values()].map(
      (model, index) => [`external-${index}`, model, 'separate file'] satisfies [string, Buffer, string],
    ),
  ])('%s', async (name, model, reason) => {
    await service.drop(`${name}.onnx`, Buffer.isBuffer(model) ? model : makeModel(model));
    expect((await service.findModel(name))?.fault).toContain(reason);
    const refusal = service.run('Detect', grey, { model_name: name });
    await expect(refusal).rejects.toMatchObject({ code: 'MODEL_INVALID', message: expect.stringContaining(reason) });
    await rm(join(service.modelsDir, `${name}.onnx`));
  });

  test('an operator that onnxruntime does not know', async () => {
    const model = makeModel({ ...twoClasses, graph: wholeInputGraph(2).slice(0, -1) });
    await service.drop('broken-graph.onnx', model);
    expect((await service.findModel('broken-graph'))?.fault).toContain('onnxruntime cannot load it');
  });

  test('a settings file that is no JSON', async () => {
    await service.drop('bad-settings.json', '{ names: ');
    await service.drop('bad-settings.onnx', makeModel(twoClasses));
    expect((await service.findModel('bad-settings'))?.fault).toContain('.json file beside it is not valid');
  });

  test('a name that cannot be called', async () => {
    await service.drop('My Model.onnx', makeModel(twoClasses));
    expect((await service.findModel('My Model'))?.fault).toContain('Rename it');
    await service.drop('defect-yolo-320.onnx', makeModel(twoClasses));
    const listed = (await service.listModels()).filter((model) => model.info?.name === 'defect-yolo-320');
    expect(listed.map((model) => model.origin)).toEqual(['shipped', 'user']);
    expect(listed[1]?.fault).toContain('A shipped model has this name');
    expect((await service.run('DetectDefects', grey)).model?.sha256).toMatch(/^c248ee04/);
  });
});

describe('the folder', () => {
  test('a replaced file is the new model from the next call on, a removed one is gone', async () => {
    await service.drop('changing.onnx', makeModel(twoClasses));
    expect(await found('changing')).toEqual(expectedTwo);
    const before = (await service.findModel('changing'))?.info?.sha256;
    const metadata = { names: "['screw', 'washer']" };
    await service.drop('changing.onnx', makeModel({ ...twoClasses, metadata }));
    expect((await service.findModel('changing'))?.info?.sha256).not.toBe(before);
    expect((await found('changing')).map(([name]) => name)).toEqual(['screw', 'washer']);
    await rm(join(service.modelsDir, 'changing.onnx'));
    expect(await service.findModel('changing')).toBeUndefined();
    await expect(found('changing')).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  });

  test('a file that was seen half copied works as soon as it is whole', async () => {
    const whole = makeModel(twoClasses);
    await service.drop('copied.onnx', whole.subarray(0, 100));
    await expect(found('copied')).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    await service.drop('copied.onnx', whole);
    expect(await found('copied')).toEqual(expectedTwo);
  });

  test('more models than fit in memory are loaded again when they are asked for', async () => {
    const names = ['many-a', 'many-b', 'many-c'];
    for (const name of names) {
      await service.drop(`${name}.onnx`, makeModel({ ...twoClasses, metadata: { names: `['${name}', 'x']` } }));
    }
    for (const name of [...names, ...names]) expect((await found(name))[0]?.[0]).toBe(name);
    const loaded = (await service.listModels()).filter((model) => model.origin === 'user' && model.loaded);
    expect(loaded.map((model) => model.info?.name)).toEqual(['many-b', 'many-c']);
  });

  test('an adapter type means the own model whose name starts with it', async () => {
    await service.drop('yolo11n.onnx', makeModel(twoClasses));
    await service.listModels();
    expect((await service.run('Detect', grey, { model_name: 'yolo11' })).model?.name).toBe('yolo11n');
    await rm(join(service.modelsDir, 'yolo11n.onnx'));
  });
});

describe('adding and removing by call', () => {
  async function put(key: string, bytes: Uint8Array) {
    await service.objects.put(key, bytes, { contentType: 'application/octet-stream', maxBytes: bytes.length, durable: false });
    return { object_key: key };
  }

  test('a good file becomes a model and can be removed again', async () => {
    const { metadata: _, ...nameless } = twoClasses;
    const model_file = await put('uploads/good', makeModel(nameless));
    const added = await service.addModel({ name: 'added', model_file, labels: 'bolt\nnut', license: 'CC0-1.0' });
    expect(added).toMatchObject({ origin: 'user', class_names: ['bolt', 'nut'], info: { name: 'added', license: 'CC0-1.0' }, fault: '' });
    expect(await found('added')).toEqual(expectedTwo);
    await expect(service.addModel({ name: 'added', model_file })).rejects.toMatchObject({ code: 'CONFLICT' });
    await service.removeModel('added');
    expect(await service.findModel('added')).toBeUndefined();
    expect((await readdir(service.modelsDir)).filter((file) => file.startsWith('added'))).toEqual([]);
  });

  test('a bad one is refused with the reason and leaves nothing behind', async () => {
    const before = await readdir(service.modelsDir);
    const text = await put('uploads/text', Buffer.from('no model'));
    await expect(service.addModel({ name: 'bad', model_file: text })).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('not an ONNX file'),
    });
    const large = await put('uploads/large', new Uint8Array(2 * 1024 * 1024 + 1));
    await expect(service.addModel({ name: 'bad', model_file: large })).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('more than the limit of 2.0 MiB'),
    });
    await expect(service.addModel({ name: '../bad', model_file: text })).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    await expect(service.addModel({ name: 'nanodet-g-416', model_file: text })).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(service.addModel({ name: 'bad', model_file: { object_key: 'uploads/none' } })).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
    await expect(service.addModel({ name: 'bad' })).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    expect(await readdir(service.modelsDir)).toEqual(before);
  });

  test('a shipped model cannot be removed, an unknown one is not there', async () => {
    await expect(service.removeModel('nanodet-g-416')).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(service.removeModel('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

test('a real detector dropped under another name answers as the shipped one', async () => {
  await copyFile(join(shippedFolder, 'defect-yolo-320-w16.onnx'), join(service.modelsDir, 'mine.onnx'));
  const own = await service.run('Detect', 'defects/4000_0002.png', { model_name: 'mine', confidence_threshold: 0.45, iou_threshold: 0.45 });
  const shipped = await service.run('DetectDefects', 'defects/4000_0002.png');
  expect(own.detections).toEqual(shipped.detections);
  expect(own.model?.sha256).toBe(shipped.model?.sha256);
});
