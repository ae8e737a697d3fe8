/** Makes tiny ONNX files for the tests: a protobuf writer and a few graphs whose answers are known beforehand. */

type Bytes = Uint8Array;
export type Dim = number | string;
export type ElementType = 'float32' | 'float16' | 'int64' | 'uint8';

const elementCodes: Readonly<Record<ElementType, number>> = { float32: 1, uint8: 2, int64: 7, float16: 10 };

export interface MadeModel {
  readonly input: { readonly dims: readonly Dim[]; readonly type?: ElementType };
  readonly output: { readonly dims: readonly Dim[]; readonly type?: ElementType };
  readonly graph: readonly Bytes[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Further outputs that nothing computes from the image. */
  readonly moreOutputs?: number;
}

/** The bytes of a model file: input "images", output "output0". */
export function makeModel(made: MadeModel): Buffer {
  const graph = [
    ...made.graph,
    text(2, 'made'),
    message(11, valueInfo('images', made.input.type ?? 'float32', made.input.dims)),
    message(12, valueInfo('output0', made.output.type ?? 'float32', made.output.dims)),
    ...Array.from({ length: made.moreOutputs ?? 0 }, () => message(12, valueInfo('zero', 'float32', []))),
  ];
  const metadata = Object.entries(made.metadata ?? {}).map(([key, value]) => message(14, text(1, key), text(2, value)));
  return Buffer.concat([number(1, 8), message(7, ...graph), message(8, text(1, ''), number(2, 17)), ...metadata]);
}

/** Answers `values`, whatever the image: their sum with 0 × its mean. */
export function constantGraph(values: readonly number[], dims: readonly number[], type: 'float32' | 'float16' = 'float32'): Bytes[] {
  return [
    weights('zeroFloat', [0], []),
    weights('values', values, dims),
    ...(type === 'float16' ? [node('Cast', ['images'], 'wide', cast('float32'))] : [node('Identity', ['images'], 'wide')]),
    node('ReduceMean', ['wide'], 'mean', keepDims(0)),
    node('Mul', ['mean', 'zeroFloat'], 'zero'),
    node('Add', ['values', 'zero'], 'sum'),
    node('Cast', ['sum'], 'output0', cast(type)),
  ];
}

/** A detector, [1, 4+classes, 1], whose one box is the whole input, whatever its size, of class 0 with score 0.9. */
export function wholeInputGraph(classCount: number): Bytes[] {
  const scores = Array.from({ length: classCount }, (_, index) => (index === 0 ? 0.9 : 0.05));
  return [
    integers('order', [3, 2, 3, 2], [4]),
    integers('boxShape', [1, 4, 1], [3]),
    weights('halves', [0.5, 0.5, 1, 1], [4]),
    weights('scores', scores, [1, classCount, 1]),
    node('Shape', ['images'], 'shape'),
    node('Gather', ['shape', 'order'], 'sides'),
    node('Cast', ['sides'], 'lengths', cast('float32')),
    node('Mul', ['lengths', 'halves'], 'box'),
    node('Reshape', ['box', 'boxShape'], 'column'),
    node('Concat', ['column', 'scores'], 'output0', attribute('axis', 1)),
  ];
}

/** A classifier of three classes whose scores are the mean of red, green and blue as the model sees them. */
export function channelMeansGraph(hasSoftmax = false): Bytes[] {
  return [
    node('GlobalAveragePool', ['images'], 'means'),
    node('Flatten', ['means'], hasSoftmax ? 'flat' : 'output0', attribute('axis', 1)),
    ...(hasSoftmax ? [node('Softmax', ['flat'], 'output0', attribute('axis', 1))] : []),
  ];
}

function node(operator: string, inputs: readonly string[], output: string, ...attributes: Bytes[]): Bytes {
  return message(1, ...inputs.map((input) => text(1, input)), text(2, output), text(4, operator), ...attributes);
}

export function weights(name: string, values: readonly number[], dims: readonly number[]): Bytes {
  const raw = Buffer.from(Float32Array.from(values).buffer);
  return message(5, ...dims.map((dim) => number(1, dim)), number(2, elementCodes.float32), text(8, name), bytes(9, raw));
}

function integers(name: string, values: readonly number[], dims: readonly number[]): Bytes {
  const raw = Buffer.from(BigInt64Array.from(values.map(BigInt)).buffer);
  return message(5, ...dims.map((dim) => number(1, dim)), number(2, elementCodes.int64), text(8, name), bytes(9, raw));
}

/** Models whose graph answers as `made` does, each with one tensor that lies in the file `location`, by the tensor's place. */
export function externalModels(made: MadeModel, location: string): ReadonlyMap<string, Buffer> {
  const tensor = externalTensor(location);
  const value = message(5, text(1, 'value'), bytes(5, tensor), number(20, 4));
  const constant = node('Constant', [], 'w', value);
  const sparse = Buffer.concat([bytes(1, tensor), message(2, number(1, 1), number(2, elementCodes.int64)), number(3, 1)]);
  const inGraph: Readonly<Record<string, Bytes>> = {
    initializer: bytes(5, tensor),
    'sparse initializer': bytes(15, sparse),
    'Constant node': constant,
    'ConstantOfShape node': node('ConstantOfShape', ['order'], 'w', value),
    'list of tensors': node('Any', [], 'w', message(5, text(1, 'values'), bytes(10, tensor), number(20, 9))),
    'sparse tensor': node('Constant', [], 'w', message(5, text(1, 'sparse_value'), bytes(22, sparse), number(20, 11))),
    'list of sparse tensors': node('Any', [], 'w', message(5, text(1, 'values'), bytes(23, sparse), number(20, 12))),
    'If branch': node('If', ['yes'], 'w', message(5, text(1, 'then_branch'), bytes(6, constant), number(20, 5))),
    'Loop body': node('Loop', ['', 'yes'], 'w', message(5, text(1, 'body'), message(6, bytes(5, tensor)), number(20, 5))),
    'Scan body in an If': node(
      'If',
      ['yes'],
      'w',
      message(5, text(1, 'else_branch'), message(6, node('Scan', [], 'w', message(5, text(1, 'body'), bytes(6, constant), number(20, 5))))),
    ),
    'list of graphs': node('Any', [], 'w', message(5, text(1, 'bodies'), bytes(11, constant), number(20, 10))),
  };
  const inModel: Readonly<Record<string, Bytes>> = {
    'training initialization': message(20, message(1, bytes(5, tensor))),
    'training algorithm': message(20, message(2, constant)),
    'function node': message(25, text(1, 'f'), message(7, text(4, 'Constant'), value)),
    'function default': message(25, text(1, 'f'), message(11, text(1, 'value'), bytes(5, tensor), number(20, 4))),
  };
  return new Map([
    ...Object.entries(inGraph).map(([place, part]) => [place, makeModel({ ...made, graph: [part, ...made.graph] })] as const),
    ...Object.entries(inModel).map(([place, part]) => [place, Buffer.concat([makeModel(made), part])] as const),
  ]);
}

/** Adds to each value of the image a number that lies in the file `location`: one that is needed to run, other than those of externalModels. */
export function externalSum(location: string): Bytes[] {
  return [bytes(5, externalTensor(location)), node('Add', ['images', 'w'], 'output0')];
}

function externalTensor(location: string): Bytes {
  const where = message(13, text(1, 'location'), text(2, location));
  return Buffer.concat([number(1, 1), number(2, elementCodes.float32), text(8, 'w'), where, number(14, 1)]);
}

function cast(to: ElementType): Bytes {
  return attribute('to', elementCodes[to]);
}

function keepDims(value: number): Bytes {
  return attribute('keepdims', value);
}

function attribute(name: string, value: number): Bytes {
  return message(5, text(1, name), number(3, value), number(20, 2));
}

function valueInfo(name: string, type: ElementType, dims: readonly Dim[]): Bytes {
  const shape = dims.map((dim) => message(1, typeof dim === 'number' ? number(1, dim) : text(2, dim)));
  const tensor = message(1, number(1, elementCodes[type]), message(2, ...shape));
  return Buffer.concat([text(1, name), message(2, tensor)]);
}

function message(field: number, ...parts: Bytes[]): Bytes {
  return bytes(field, Buffer.concat(parts));
}

function text(field: number, value: string): Bytes {
  return bytes(field, Buffer.from(value, 'utf8'));
}

function bytes(field: number, value: Bytes): Bytes {
  return Buffer.concat([varint(field * 8 + 2), varint(value.length), value]);
}

function number(field: number, value: number): Bytes {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

function varint(value: number): Bytes {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...out, rest]);
    out.push((rest % 128) + 128);
  }
}
