/** What the steps of a stream keep and give back. */
import { AppError, type FrameAnswer, type FrameCall, type FrameInvoker, identityTransform } from '@imageflow/core';
import { expect, test } from 'vitest';
import type { Frame } from './frames.ts';
import type { PreparedPipeline } from './pipelines.ts';
import { createStreamSteps } from './steps.ts';

const never = new AbortController().signal;
const frame = { id: 1, bytes: new Uint8Array(10), timestampMs: 1, arrivedAt: 1 } as unknown as Frame;
const pipeline = { plan: { steps: new Map() }, local: new Set(['ResizeService.Resize']) } as unknown as PreparedPipeline;
const callOf = (component: string): FrameCall => ({
  stepId: component,
  component,
  image: { kind: 'encoded', bytes: new Uint8Array(10) },
  parametersJson: '',
  detections: [],
  transform: undefined,
  wantsPixels: true,
  encoding: undefined,
  timeoutMs: 1_000,
});

function answerWith(bytes: Uint8Array): FrameAnswer {
  const pixels = { kind: 'pixels', bytes, width: 100, height: 100 } as const;
  return { pixels, encoded: undefined, detections: [], transform: identityTransform(100, 100), measures: {}, attributes: {} };
}

test('the images of a frame that is done give their memory back, those of the next are untouched', async () => {
  const images = Array.from({ length: 3 }, () => new Uint8Array(30_000));
  const queue = [...images];
  const next = async () => answerWith(queue.shift() ?? new Uint8Array());
  const others: FrameInvoker = { invoke: next };
  const steps = createStreamSteps(others, { run: next });
  const first = steps.invokerFor(frame, pipeline);
  await first.invoke(callOf('ResizeService.Resize'), never);
  await first.invoke(callOf('FilterService.ApplyFilter'), never);
  steps.release();
  await steps.invokerFor(frame, pipeline).invoke(callOf('ResizeService.Resize'), never);
  expect(images.map((image) => image.length)).toEqual([0, 0, 30_000]);
});

test('an encoded image that came in the same message as the pixels stays, for the client', async () => {
  const message = new Uint8Array(31_000);
  const answer = { ...answerWith(message.subarray(0, 30_000)), encoded: message.subarray(30_000) };
  const others: FrameInvoker = { invoke: async () => answer };
  const steps = createStreamSteps(others, { run: async () => answer });
  await steps.invokerFor(frame, pipeline).invoke(callOf('PixelateService.Pixelate'), never);
  steps.release();
  expect(answer.encoded.length).toBe(1_000);
});

test('the images of a frame that was given up stay, since a decoder may still read them', async () => {
  const image = new Uint8Array(30_000);
  const others: FrameInvoker = { invoke: () => Promise.reject(new AppError('STEP_TIMEOUT')) };
  const steps = createStreamSteps(others, { run: async () => answerWith(image) });
  const given = steps.invokerFor(frame, pipeline);
  await given.invoke(callOf('ResizeService.Resize'), never);
  await expect(given.invoke(callOf('AIDetectionService.DetectDefects'), never)).rejects.toThrow();
  steps.invokerFor(frame, pipeline);
  steps.release();
  expect(image.length).toBe(30_000);
});
