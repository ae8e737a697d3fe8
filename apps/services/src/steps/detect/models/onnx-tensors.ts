/** Visits every tensor of an ONNX file, wherever it lies, and refuses the file when one of them has its data in another file. */
import { ModelFault } from './faults.ts';
import { MalformedWire, type WireField, type WireReader } from './wire-reader.ts';

type Message = 'model' | 'training' | 'function' | 'graph' | 'node' | 'attribute' | 'sparse' | 'tensor';

/** Fields of onnx.proto that lead to tensors: by message, from the field's number to the message in it. */
const ways: Readonly<Record<Message, Readonly<Record<number, Message>>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: {},
};

const tensorField = { externalData: 13, dataLocation: 14 } as const;

/** Messages within messages; protobuf's own parser stops at 100. */
const depthLimit = 100;

/** A large model of 20,000 nodes has some 500,000 fields outside its weights. */
const fieldLimit = 5_000_000;

/**
 * onnxruntime opens the files that tensors name, so a stranger's model could read what the service may read.
 *
 * @throws ModelFault when a tensor has external data, or when the file is nested too deeply or has too many parts.
 */
export async function refuseExternalData(reader: WireReader): Promise<void> {
  let seen = 0;

  async function visit(message: Message, within: Partial<Pick<WireField, 'start' | 'end'>>, depth: number): Promise<void> {
    if (depth > depthLimit) throw tooIntricate();
    for await (const field of reader.fields(within.start, within.end)) {
      seen += 1;
      if (seen > fieldLimit) throw tooIntricate();
      if (message === 'tensor') refuseLocation(field);
      const inner = ways[message][field.number];
      if (inner !== undefined) await visit(inner, field, depth + 1);
    }
  }

  await visit('model', {}, 0);
}

function refuseLocation(field: WireField): void {
  const isExternal = field.number === tensorField.externalData || (field.number === tensorField.dataLocation && field.value !== 0);
  if (!isExternal) return;
  throw new ModelFault(
    'データの一部が別ファイル (external data) にあります。すべてのデータを含む一つの .onnx ファイルに書き出してください',
    'Some of its data is in a separate file (external data). Export it as one .onnx file that holds everything',
  );
}

function tooIntricate(): MalformedWire {
  return new MalformedWire('nested too deeply or too many parts');
}
