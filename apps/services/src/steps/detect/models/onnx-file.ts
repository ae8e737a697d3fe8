/** What an ONNX file says of itself. onnxruntime's Node binding does not hand out the metadata, so the file is read directly. */
import type { SessionIo, TensorDescription } from '../inference/messages.ts';
import { ModelFault } from './faults.ts';
import { readValueInfo } from './onnx-io.ts';
import { refuseExternalData } from './onnx-tensors.ts';
import { MalformedWire, openWireReader, type WireField, type WireReader } from './wire-reader.ts';

export interface OnnxHeader {
  /** `metadata_props`, e.g. task, names, imgsz, stride, license. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Without the weights, which old files list as inputs too. */
  readonly io: SessionIo;
}

/** Field numbers of onnx.proto (ModelProto, GraphProto, TensorProto, StringStringEntryProto). */
const model = { irVersion: 1, graph: 7, opsetImport: 8, metadata: 14 } as const;
const graph = { node: 1, initializer: 5, input: 11, output: 12 } as const;
const tensor = { name: 8 } as const;
const entry = { key: 1, value: 2 } as const;

/** @throws ModelFault when the file is not a whole ONNX model with all its data inside. */
export async function readOnnxHeader(path: string): Promise<OnnxHeader> {
  const reader = await openWireReader(path);
  try {
    await refuseExternalData(reader);
    return await readModel(reader);
  } catch (error) {
    if (!(error instanceof MalformedWire)) throw error;
    throw new ModelFault(
      `ONNX ファイルではないか、途中で切れています (${error.message})`,
      `It is not an ONNX file, or it is cut off (${error.message})`,
      error,
    );
  } finally {
    await reader.close();
  }
}

async function readModel(reader: WireReader): Promise<OnnxHeader> {
  const metadata = new Map<string, string>();
  const seen = new Set<number>();
  let io: SessionIo = { inputs: [], outputs: [] };
  for await (const field of reader.fields()) {
    seen.add(field.number);
    if (field.number === model.graph) io = await readGraph(reader, field);
    if (field.number === model.metadata) {
      const [key, value] = await readEntry(reader, field);
      metadata.set(key, value);
    }
  }
  if (!seen.has(model.irVersion) || !seen.has(model.graph) || !seen.has(model.opsetImport)) throw new MalformedWire('no model inside');
  return { metadata, io };
}

async function readGraph(reader: WireReader, field: WireField): Promise<SessionIo> {
  const weights = new Set<string>();
  const inputs: TensorDescription[] = [];
  const outputs: TensorDescription[] = [];
  let hasNodes = false;
  for await (const part of reader.fields(field.start, field.end)) {
    if (part.number === graph.node) hasNodes = true;
    if (part.number === graph.initializer) weights.add(await readTensorName(reader, part));
    if (part.number === graph.input) inputs.push(await readValueInfo(reader, part));
    if (part.number === graph.output) outputs.push(await readValueInfo(reader, part));
  }
  if (!hasNodes || outputs.length === 0) throw new MalformedWire('its graph is empty');
  return { inputs: inputs.filter((input) => !weights.has(input.name)), outputs };
}

async function readTensorName(reader: WireReader, field: WireField): Promise<string> {
  let name = '';
  for await (const part of reader.fields(field.start, field.end)) {
    if (part.number === tensor.name) name = await reader.text(part);
  }
  return name;
}

async function readEntry(reader: WireReader, field: WireField): Promise<readonly [string, string]> {
  let [key, value] = ['', ''];
  for await (const part of reader.fields(field.start, field.end)) {
    if (part.number === entry.key) key = await reader.text(part);
    if (part.number === entry.value) value = await reader.text(part);
  }
  return [key, value];
}
