/**
 * Image steps of live video run inside this process: to hand raw pixels to another one over gRPC costs more than most work on them
 * (700 KB there and back: as much as resize and detection together; 2 cores, Node 24, November 2026). The results are the services' own.
 */
import { availableParallelism } from 'node:os';
import { AppError, type Catalogue, type FrameAnswer, type FrameCall } from '@imageflow/core';
import { parseOutputFormat } from '../../image/encode.ts';
import type { ImageLimits } from '../../image/limits.ts';
import type { ImageSource } from '../../image/source.ts';
import type { ComponentOutput, ServiceComponent } from '../../scaffold/component.ts';
import { createGate } from '../../scaffold/gate.ts';
import { checkParameters, parseParametersJson } from '../../scaffold/parameters.ts';
import { createApplyFilter, createApplyQualityFilter } from '../../steps/filter/components.ts';
import { createResizeComponent } from '../../steps/resize/resize.ts';

export interface LocalComponents {
  /** Those of a catalogue that this process runs as their services would. A service of the user's own under the same name is none. */
  amongst(catalogue: Catalogue): ReadonlySet<string>;
  run(call: FrameCall, signal: AbortSignal): Promise<FrameAnswer>;
}

/** Frames that may wait for a turn; each stream has one at work. */
const waitingLimit = 256;

export function createLocalComponents(limits: ImageLimits): LocalComponents {
  const components: ReadonlyMap<string, ServiceComponent> = new Map([
    ['ResizeService.Resize', createResizeComponent(limits)],
    ['FilterService.ApplyFilter', createApplyFilter(limits)],
    ['FilterService.ApplyQualityFilter', createApplyQualityFilter(limits)],
  ]);
  // Work that its frame no longer waits for still holds its turn: a decoder cannot be stopped.
  const gate = createGate({ concurrency: availableParallelism() + 1, waitingLimit });
  return {
    amongst: (catalogue) => new Set([...components].filter(([id, component]) => isSame(component, id, catalogue)).map(([id]) => id)),
    async run(call, signal) {
      const component = components.get(call.component);
      if (component === undefined) throw new AppError('NOT_FOUND');
      const limit = AbortSignal.timeout(call.timeoutMs);
      const either = AbortSignal.any([signal, limit]);
      try {
        return await gate.run(either, call.image.bytes.length, () => runComponent(component, call, either));
      } catch (error) {
        throw limit.aborted && !(error instanceof AppError) ? new AppError('STEP_TIMEOUT', { cause: error }) : error;
      }
    },
  };
}

function isSame({ description }: ServiceComponent, id: string, catalogue: Catalogue): boolean {
  const known = catalogue.get(id);
  return known !== undefined && JSON.stringify(known.parameters_schema) === JSON.stringify(description.parameters_schema);
}

async function runComponent(component: ServiceComponent, call: FrameCall, signal: AbortSignal): Promise<FrameAnswer> {
  const parameters = checkParameters(component, parseParametersJson(call.parametersJson));
  const { detections, transform } = call;
  const output = await component.run({ image: toSource(call), parameters, detections, transform }, signal);
  signal.throwIfAborted();
  // Nobody wants the image, but a broken frame must not pass.
  const pixels = call.wantsPixels || call.encoding === undefined ? await output.image?.pixels() : undefined;
  return {
    pixels: pixels === undefined ? undefined : { kind: 'pixels', bytes: pixels.data, width: pixels.width, height: pixels.height },
    encoded: await encode(output, call),
    detections: output.detections,
    transform: output.transform,
    measures: output.measures,
    attributes: output.attributes,
  };
}

async function encode(output: ComponentOutput, { encoding }: FrameCall): Promise<Uint8Array | undefined> {
  return encoding === undefined ? undefined : output.image?.encode(parseOutputFormat(encoding.format) ?? 'jpeg', encoding.quality);
}

function toSource({ image }: FrameCall): ImageSource {
  if (image.kind === 'pixels') return { kind: 'pixels', pixels: { data: image.bytes, width: image.width, height: image.height } };
  return { kind: 'encoded', input: Buffer.from(image.bytes.buffer, image.bytes.byteOffset, image.bytes.byteLength) };
}
