/** ProcessorService.Process: image in, component, image and findings out. */

import { AppError, type ObjectStore } from '@imageflow/core';
import type { ImageBytes, ImageData, ProcessingResult, ProcessRequest__Output, ProcessResponse } from '@imageflow/grpc';
import { contentTypes, type OutputFormat } from '../image/encode.ts';
import type { ImageLimits } from '../image/limits.ts';
import { type MadeImage, madeFromOpened } from '../image/made.ts';
import { openImage } from '../image/open.ts';
import { releasePixels } from '../image/release.ts';
import type { ImageSource, Pixels } from '../image/source.ts';
import type { ComponentOutput, ServiceComponent } from './component.ts';
import { loadInput } from './inputs.ts';
import { chooseFormat, refuseLargeAnswer, storeHandover, storeOutput } from './outputs.ts';
import { checkParameters, parseParametersJson } from './parameters.ts';
import type { CallContext, ServiceProgram } from './program.ts';
import { fromWireDetection, fromWireTransform, toWireDetection, toWireModel, toWireTime } from './wire.ts';

export interface ProcessParts {
  readonly program: ServiceProgram;
  readonly objects: ObjectStore;
  readonly limits: ImageLimits;
}

/** Throws AppError: NOT_FOUND for an unknown component, VALIDATION_ERROR, and whatever image, component and store throw. */
export async function processImage(request: ProcessRequest__Output, parts: ProcessParts, context: CallContext): Promise<ProcessResponse> {
  const startedAt = performance.now();
  const component = findComponent(parts.program, request.component);
  const parameters = checkParameters(component, parseParametersJson(request.parameters_json));
  const detections = request.detections.map(fromWireDetection);
  const image = await loadInput(request, parts.objects, parts.limits, context.signal);
  const output = await component.run({ image, parameters, detections, transform: fromWireTransform(request.transform) }, context.signal);
  context.signal.throwIfAborted();
  const stored = await storeAll(request, image, output, parts, context.signal);
  if (stored.inline === null) releaseAll(image, output.image);
  return toResponse(output, stored, performance.now() - startedAt);
}

/** When all is stored nobody reads them any more. */
export function releaseAll(image: ImageSource, made: MadeImage | undefined): void {
  if (image.kind === 'pixels') releasePixels(image.pixels);
  made?.release();
}

interface Stored {
  readonly handover: ImageData | null;
  /** As stored, or the bytes themselves for a target without a key. */
  readonly output: ImageData | Encoded | null;
  readonly inline: ImageBytes | null;
}

interface Encoded {
  readonly data: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Encoding and storing of both images at the same time; when one fails the other is waited for, so that nothing runs on unseen. */
async function storeAll(
  request: ProcessRequest__Output,
  image: ImageSource,
  output: ComponentOutput,
  parts: ProcessParts,
  signal: AbortSignal,
): Promise<Stored> {
  const { objects } = parts;
  const made = output.image;
  // Decode unless only the encoded image is wanted; even when nothing is, so that a broken file is found.
  const needsPixels = request.handover !== null || request.inline_handover || request.output === null;
  const pixels = needsPixels ? await made?.pixels() : undefined;
  const settled = await Promise.allSettled([
    request.handover !== null && made !== undefined ? storeHandover(made, request.handover, objects, signal) : null,
    request.output !== null ? storeEncoded(request.output, image, made, parts, signal) : null,
  ]);
  const [handover, encoded] = [resultOf(settled[0]), resultOf(settled[1])];
  return { handover, output: encoded, inline: request.inline_handover ? inlinePixels(pixels) : null };
}

function resultOf<T>(outcome: PromiseSettledResult<T>): T {
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

/** A component that passes its image through answers the input, upright, when an output is asked for. */
async function storeEncoded(
  target: NonNullable<ProcessRequest__Output['output']>,
  image: ImageSource,
  made: MadeImage | undefined,
  parts: ProcessParts,
  signal: AbortSignal,
): Promise<ImageData | Encoded> {
  const stored = made ?? madeFromOpened(await openImage(image, parts.limits));
  const format = await chooseFormat(target, image);
  if (target.object_key === '') return encodeInline(stored, format, target.quality);
  return storeOutput(stored, target, format, { objects: parts.objects, signal, durable: true });
}

/** Live video: nothing is stored. */
async function encodeInline(made: MadeImage, format: OutputFormat, quality: number): Promise<Encoded> {
  const data = await made.encode(format, quality === 0 ? undefined : quality);
  refuseLargeAnswer(data.length);
  return { data, metadata: { content_type: contentTypes[format], width: String(made.width), height: String(made.height) } };
}

function inlinePixels(pixels: Pixels | undefined): ImageBytes | null {
  if (pixels === undefined) return null;
  refuseLargeAnswer(pixels.data.length);
  return {
    data: Buffer.from(pixels.data.buffer, pixels.data.byteOffset, pixels.data.byteLength),
    format: 'RAW',
    width: pixels.width,
    height: pixels.height,
  };
}

function toResponse(output: ComponentOutput, stored: Stored, durationMs: number): ProcessResponse {
  return {
    result: {
      status: 'PROCESSING_STATUS_COMPLETED',
      message: '',
      ...toResult(stored.output),
      processed_at: toWireTime(Date.now()),
      processing_time_seconds: durationMs / 1000,
    },
    detections: output.detections.map(toWireDetection),
    transform: { ...output.transform },
    measures: { ...output.measures },
    model: toWireModel(output.model),
    handover_image: stored.handover,
    handover_bytes: stored.inline,
    attributes_json: JSON.stringify(output.attributes),
  };
}

function toResult(output: Stored['output']): Pick<ProcessingResult, 'output_image' | 'output_data' | 'metadata'> {
  if (output === null || !('data' in output)) return { output_image: output, metadata: {} };
  return { output_image: null, output_data: output.data, metadata: { ...output.metadata } };
}

export function findComponent(program: ServiceProgram, componentId: string): ServiceComponent {
  const [service, method] = componentId.split('.');
  const component = service === program.serviceName ? program.components.get(method ?? '') : undefined;
  if (component !== undefined) return component;
  const known = [...program.components.keys()].map((name) => `${program.serviceName}.${name}`).join(', ');
  throw new AppError('NOT_FOUND', {
    detail: {
      ja: `部品「${componentId}」はこのサービスにありません。あるのは ${known} です`,
      en: `This service has no component "${componentId}"; it has ${known}`,
    },
  });
}
