/** The steps of a stream: those that keep something between its frames, those that run in this process, and all others, which go to their services. */

import {
  AppError,
  type AreaCount,
  type FrameAnswer,
  type FrameCall,
  type FrameImage,
  type FrameInvoker,
  identityTransform,
  readFrameHead,
} from '@imageflow/core';
import type { CountedArea } from '@imageflow/grpc';
import { releasePixels } from '../../image/release.ts';
import { ownService, type StreamStep, streamComponents } from './components.ts';
import type { Frame } from './frames.ts';
import type { LocalComponents } from './local.ts';
import type { PreparedPipeline } from './pipelines.ts';

export interface StreamSteps {
  /** For the frames of the stream, in order. */
  invokerFor(frame: Frame, pipeline: PreparedPipeline): FrameInvoker;
  /** As the last frame that came so far has left them. */
  areas(): readonly CountedArea[];
  /** Gives the memory of the last frame's images back. All its steps must have ended well: one that was given up may still read them. */
  release(): void;
}

interface Kept {
  readonly component: string;
  readonly parametersJson: string;
  readonly step: StreamStep;
  counted: readonly AreaCount[];
}

/** A jump of the client's clock is no time that has passed. */
const longestGapMs = 60_000;

export function createStreamSteps(others: FrameInvoker, local: Pick<LocalComponents, 'run'>): StreamSteps {
  const kept = new Map<string, Kept>();
  let last: Frame | undefined;
  let time = 0;
  let made: FrameImage[] = [];

  /** A step whose component or parameters have changed begins anew; the others of the same name go on, also in another version. */
  function find({ stepId, component, parametersJson }: FrameCall): Kept {
    const before = kept.get(stepId);
    if (before?.component === component && before.parametersJson === parametersJson) return before;
    const made = streamComponents.get(component.slice(ownService.length + 1));
    if (made === undefined) throw new AppError('NOT_FOUND');
    const fresh = { component, parametersJson, step: made.create(JSON.parse(parametersJson || '{}')), counted: [] };
    kept.set(stepId, fresh);
    return fresh;
  }

  function run(call: FrameCall): FrameAnswer {
    const own = find(call);
    const answer = { pixels: undefined, encoded: undefined, transform: transformOf(call), measures: {}, attributes: {} };
    if (own.step.kind === 'tracker') return { ...answer, detections: own.step.tracker.update(call.detections, time) };
    own.counted = own.step.counters.flatMap((counter) => counter.update(call.detections, time));
    return { ...answer, detections: call.detections };
  }

  return {
    invokerFor(frame, pipeline) {
      time += elapsedMs(last, frame);
      last = frame;
      for (const id of kept.keys()) if (!pipeline.plan.steps.has(id)) kept.delete(id);
      const images: FrameImage[] = [];
      made = images;
      return {
        async invoke(call, signal) {
          if (call.component.startsWith(`${ownService}.`)) return run(call);
          const answer = await (pipeline.local.has(call.component) ? local.run(call, signal) : others.invoke(call, signal));
          // Both may be parts of one message.
          if (answer.pixels !== undefined && answer.pixels.bytes.buffer !== answer.encoded?.buffer) images.push(answer.pixels);
          return answer;
        },
      };
    },
    release() {
      for (const { bytes } of made.splice(0)) releasePixels({ data: bytes });
    },
    areas: () => [...kept].flatMap(([id, { counted }]) => counted.map((count) => toArea(id, count))),
  };
}

/** By the client's clock where it moves, else by the arrival; never nothing, so that two frames are never one. */
function elapsedMs(before: Frame | undefined, frame: Frame): number {
  if (before === undefined) return 0;
  const byClient = frame.timestampMs - before.timestampMs;
  const isUsable = before.timestampMs > 0 && byClient > 0 && byClient < longestGapMs;
  return Math.max(1, isUsable ? byClient : frame.arrivedAt - before.arrivedAt);
}

function transformOf({ transform, image }: FrameCall) {
  if (transform !== undefined) return transform;
  const { width, height } = (image.kind === 'pixels' ? image : readFrameHead(image.bytes)) ?? { width: 0, height: 0 };
  return identityTransform(width, height);
}

function toArea(step_id: string, { name, entered, left, enteredByClass, inside, meanDwellMs, maxDwellMs }: AreaCount): CountedArea {
  const counts = { entered, left, inside, entered_by_class: { ...enteredByClass } };
  return { step_id, name, ...counts, mean_dwell_ms: meanDwellMs, max_dwell_ms: maxDwellMs };
}
