/** Inputs and outputs as an ONNX file declares them (ValueInfoProto of onnx.proto). */
import type { TensorDescription } from '../inference/messages.ts';
import type { WireField, WireReader } from './wire-reader.ts';

const valueInfo = { name: 1, type: 2 } as const;
const typeProto = { tensor: 1 } as const;
const tensorType = { elementType: 1, shape: 2 } as const;
const shapeProto = { dimension: 1 } as const;
const dimension = { value: 1 } as const;

/** TensorProto.DataType, by onnxruntime's names. */
const elementTypes: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  16: 'bfloat16',
};

export async function readValueInfo(reader: WireReader, field: WireField): Promise<TensorDescription> {
  let name = '';
  let tensor: Omit<TensorDescription, 'name'> = { type: 'not a tensor', dims: [] };
  for await (const part of reader.fields(field.start, field.end)) {
    if (part.number === valueInfo.name) name = await reader.text(part);
    if (part.number !== valueInfo.type) continue;
    for await (const kind of reader.fields(part.start, part.end)) {
      if (kind.number === typeProto.tensor) tensor = await readTensorType(reader, kind);
    }
  }
  return { name, ...tensor };
}

async function readTensorType(reader: WireReader, field: WireField): Promise<Omit<TensorDescription, 'name'>> {
  let type = 'undefined';
  const dims: (number | undefined)[] = [];
  for await (const part of reader.fields(field.start, field.end)) {
    if (part.number === tensorType.elementType) type = elementTypes[part.value] ?? `type ${part.value}`;
    if (part.number !== tensorType.shape) continue;
    for await (const side of reader.fields(part.start, part.end)) {
      if (side.number === shapeProto.dimension) dims.push(await readDimension(reader, side));
    }
  }
  return { type, dims };
}

/** A name instead of a number, or nothing: dynamic. */
async function readDimension(reader: WireReader, field: WireField): Promise<number | undefined> {
  for await (const part of reader.fields(field.start, field.end)) {
    if (part.number === dimension.value && part.value > 0 && part.value < 2 ** 31) return part.value;
  }
  return undefined;
}
