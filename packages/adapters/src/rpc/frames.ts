/** The port `FrameInvoker` over gRPC: images travel inside the messages, nothing is stored. */

import { AppError, type FrameAnswer, type FrameCall, type FrameImage, type FrameInvoker, type Lease, serviceOf } from '@imageflow/core';
import type { ImageBytes, ProcessRequest, ProcessResponse__Output } from '@imageflow/grpc';
import { isSuspicious, isUnstarted, judgeFailure } from './blame.ts';
import type { InvokerNeeds } from './invoker.ts';
import { toAttributes, toDetection, toTransform } from './wire.ts';

export type FrameInvokerNeeds = Pick<InvokerNeeds, 'registry' | 'clock' | 'channelOf' | 'suspect'>;

export function createFrameInvoker(needs: FrameInvokerNeeds): FrameInvoker {
  return {
    async invoke(call, signal) {
      const deadline = needs.clock.now() + call.timeoutMs;
      const tried = new Set<string>();
      let refusal: unknown;
      // Goes on only when an instance had not begun: each frame is worked on at most once.
      for (;;) {
        const lease = acquire(needs, call, tried, refusal);
        tried.add(lease.instance.id);
        try {
          return await callInstance(lease, call, deadline, signal, needs);
        } catch (error) {
          if (!isUnstarted(error)) throw error;
          refusal = error;
        }
      }
    },
  };
}

function acquire({ registry }: FrameInvokerNeeds, call: FrameCall, tried: ReadonlySet<string>, refusal: unknown): Lease {
  try {
    return registry.acquire(call.component, tried);
  } catch (error) {
    throw refusal ?? error;
  }
}

async function callInstance(
  lease: Lease,
  call: FrameCall,
  deadline: number,
  signal: AbortSignal,
  needs: FrameInvokerNeeds,
): Promise<FrameAnswer> {
  const { id } = lease.instance;
  const startedAt = needs.clock.now();
  try {
    const channel = needs.channelOf(id);
    if (channel === undefined) throw new AppError('SERVICE_UNAVAILABLE', { extensions: { service: serviceOf(call.component) } });
    const terms = { deadline, signal };
    const response: ProcessResponse__Output = await channel.call('ProcessorService', (client) => client.Process, toRequest(call), terms);
    const answer = toAnswer(call, response);
    lease.end({ kind: 'completed', durationMs: needs.clock.now() - startedAt });
    return answer;
  } catch (error) {
    lease.end(judgeFailure(error, call.timeoutMs));
    if (isSuspicious(error)) needs.suspect(id);
    throw error;
  }
}

function toRequest(call: FrameCall): ProcessRequest {
  const { transform, encoding } = call;
  return {
    component: call.component,
    input_bytes: toImageBytes(call.image),
    parameters_json: call.parametersJson,
    detections: call.detections.map((detection) => ({ ...detection })),
    ...(transform === undefined ? {} : { transform: { ...transform } }),
    inline_handover: call.wantsPixels,
    ...(encoding === undefined ? {} : { output: { bucket: '', object_key: '', format: encoding.format, quality: encoding.quality ?? 0 } }),
    step_id: call.stepId,
  };
}

function toImageBytes(image: FrameImage): ImageBytes {
  const data = Buffer.from(image.bytes.buffer, image.bytes.byteOffset, image.bytes.byteLength);
  return image.kind === 'encoded' ? { data } : { data, format: 'RAW', width: image.width, height: image.height };
}

/** @throws AppError SERVICE_FAULT when the service says that it failed, or its answer lacks what was asked for. */
function toAnswer(call: FrameCall, response: ProcessResponse__Output): FrameAnswer {
  const { result, handover_bytes: pixels } = response;
  if (result?.status === 'PROCESSING_STATUS_FAILED') throw wrong(call, result.message || 'failed');
  const transform = toTransform(response.transform) ?? call.transform;
  if (transform === undefined) throw wrong(call, 'no transform');
  if (pixels !== null && (pixels.format !== 'RAW' || pixels.data.length !== pixels.width * pixels.height * 3)) {
    throw wrong(call, 'no valid handover_bytes');
  }
  const encoded = result?.output_data;
  if (call.encoding !== undefined && !encoded?.length) throw wrong(call, 'no result.output_data');
  return {
    pixels: pixels === null ? undefined : { kind: 'pixels', bytes: pixels.data, width: pixels.width, height: pixels.height },
    encoded: encoded?.length ? encoded : undefined,
    detections: response.detections.map((detection) => toDetection(detection, transform, call)),
    transform,
    measures: { ...response.measures },
    attributes: toAttributes(call, response.attributes_json),
  };
}

function wrong(call: FrameCall, what: string): AppError {
  return new AppError('SERVICE_FAULT', {
    detail: { ja: `${call.component} の応答が不正です: ${what}`, en: `The answer of ${call.component} is not valid: ${what}` },
    retryable: false,
  });
}
