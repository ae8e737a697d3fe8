/**
 * The models of the manifest. Their files are the project's own, so their headers are believed and they are loaded when first used: the
 * three of them together take 150 MB. A damaged one is listed with its fault and the others work.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { decideContract, decideInput, type ModelContract } from './contract.ts';
import { errorText, ModelFault } from './faults.ts';
import type { ShippedModel } from './manifest.ts';
import type { Model } from './model.ts';
import { readOnnxHeader } from './onnx-file.ts';

export async function openShippedModel(shipped: ShippedModel): Promise<Model> {
  const { name, path, sha256, license, description, defaultFor, confidenceThreshold, iouThreshold } = shipped;
  const known = { name, origin: 'shipped', path, license, description } as const;
  try {
    const bytes = await readFile(path);
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw damaged();
    const contract = await readContract(shipped);
    return { kind: 'usable', ...known, sha256, sizeBytes: bytes.length, contract, confidenceThreshold, iouThreshold, defaultFor };
  } catch (error) {
    return { kind: 'faulty', ...known, sha256: '', sizeBytes: 0, fault: errorText(error) };
  }
}

async function readContract({ path, classNames }: ShippedModel): Promise<ModelContract> {
  const { io, metadata } = await readOnnxHeader(path);
  const [output] = io.outputs;
  if (output === undefined) throw damaged();
  const trial = { output: { ...output, dims: output.dims.map((side) => side ?? 1) }, isDistribution: false, implausible: undefined };
  return decideContract(io, decideInput(io, metadata), trial, { metadata, classNames, resizeSide: undefined });
}

function damaged(): ModelFault {
  return new ModelFault(
    '同梱モデルのファイルが壊れています。インストールし直してください',
    'The shipped file is damaged. Install the platform again',
  );
}
