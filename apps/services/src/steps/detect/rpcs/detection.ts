/** Detect and DetectDefects for outside clients. */
import type { DetectionRequest__Output, DetectionResponse } from '@imageflow/grpc';
import { z } from 'zod';
import type { Handle, TypedRpcs } from '../../../scaffold/program.ts';
import { toWireDetection, toWireModel } from '../../../scaffold/wire.ts';

export function createDetection(method: string, rpcs: TypedRpcs): Handle<DetectionRequest__Output, DetectionResponse> {
  return async (request, context) => {
    const { input_image, input_bytes } = request;
    const call = {
      method,
      input_image,
      input_bytes,
      parameters: toParameters(request),
      detections: [],
      output_format: '',
      output_quality: 0,
    };
    const { result, output } = await rpcs.runTyped(call, context);
    return {
      result,
      detections: output.detections.map(toWireDetection),
      model: toWireModel(output.model),
      classifications: [...parseClassifications(output.attributes.classifications)],
    };
  };
}

/** In proto3 an absent field is 0, "" or empty. */
function toParameters(request: DetectionRequest__Output): Record<string, unknown> {
  const { model_name, confidence_threshold, iou_threshold, max_detections, target_classes } = request;
  return {
    ...(model_name === '' ? {} : { model_name }),
    ...(confidence_threshold === 0 ? {} : { confidence_threshold }),
    ...(iou_threshold === 0 ? {} : { iou_threshold }),
    ...(max_detections === 0 ? {} : { max_detections }),
    ...(target_classes.length === 0 ? {} : { target_classes }),
  };
}

const classifications = z.array(z.object({ class_name: z.string(), class_id: z.number(), confidence: z.number() })).default([]);

function parseClassifications(value: unknown): z.infer<typeof classifications> {
  return classifications.parse(value);
}
