/** Runs a component for the typed rpcs (Resize, ApplyFilter, …) of outside clients, who name no place for the output. */
import { createHash } from 'node:crypto';
import type { ProcessingResult } from '@imageflow/grpc';
import { contentTypes, type OutputFormat } from '../image/encode.ts';
import type { MadeImage } from '../image/made.ts';
import type { ImageSource } from '../image/source.ts';
import { loadInput } from './inputs.ts';
import { chooseFormat, refuseLargeAnswer, storeOutput } from './outputs.ts';
import { checkParameters, type Parameters } from './parameters.ts';
import { findComponent, type ProcessParts, releaseAll } from './process.ts';
import type { CallContext, TypedAnswer, TypedCall } from './program.ts';
import { toWireTime } from './wire.ts';

/** Throws AppError. */
export async function runTyped(call: TypedCall, parts: ProcessParts, context: CallContext): Promise<TypedAnswer> {
  const startedAt = performance.now();
  const component = findComponent(parts.program, `${parts.program.serviceName}.${call.method}`);
  const parameters = checkParameters(component, call.parameters);
  const image = await loadInput(call, parts.objects, parts.limits, context.signal);
  const output = await component.run({ image, parameters, detections: call.detections, transform: undefined }, context.signal);
  context.signal.throwIfAborted();
  const made = output.image === undefined ? {} : await deliver(output.image, { call, parameters, image, parts, context });
  releaseAll(image, output.image);
  const result: ProcessingResult = {
    status: 'PROCESSING_STATUS_COMPLETED',
    message: '',
    metadata: {},
    processed_at: toWireTime(Date.now()),
    processing_time_seconds: (performance.now() - startedAt) / 1000,
    ...made,
  };
  return { result, output };
}

interface Delivery {
  readonly call: TypedCall;
  readonly parameters: Parameters;
  readonly image: ImageSource;
  readonly parts: ProcessParts;
  readonly context: CallContext;
}

/** Inline when the image came inline, else into the store. */
async function deliver(made: MadeImage, delivery: Delivery): Promise<Pick<ProcessingResult, 'output_image' | 'output_data' | 'metadata'>> {
  const { call, parts, context } = delivery;
  const format = await chooseFormat({ format: call.output_format, object_key: '' }, delivery.image);
  const quality = call.output_quality === 0 ? undefined : call.output_quality;
  if (!call.input_image || call.input_image.object_key === '') {
    const size = { content_type: contentTypes[format], width: String(made.width), height: String(made.height) };
    const output_data = await made.encode(format, quality);
    refuseLargeAnswer(output_data.length);
    return { output_data, metadata: size };
  }
  const target = { bucket: '', object_key: typedKey(call.input_image.object_key, format, delivery), format, quality: call.output_quality };
  // The same call makes it again.
  const storing = { objects: parts.objects, signal: context.signal, durable: false };
  return { output_image: await storeOutput(made, target, format, storing) };
}

/** The same call gets the same key, so that a client's retry overwrites the same bytes. */
function typedKey(inputKey: string, format: OutputFormat, delivery: Delivery): string {
  const { call, parameters } = delivery;
  const asked = JSON.stringify([inputKey, call.method, parameters, call.detections, format, call.output_quality]);
  const extension = format === 'jpeg' ? 'jpg' : format;
  return `services/${call.method.toLowerCase()}/${createHash('sha256').update(asked).digest('hex').slice(0, 32)}.${extension}`;
}
