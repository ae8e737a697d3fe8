/** ResizeService: its component, and the typed rpc for outside clients. */

import type { ResizeRequest__Output, ResizeResponse } from '@imageflow/grpc';
import { loadServices } from '@imageflow/grpc';
import type { CallContext, OpenProgram, TypedRpcs } from '../scaffold/program.ts';
import { serviceVersion } from '../scaffold/version.ts';
import { createResizeComponent } from '../steps/resize/resize.ts';

export const openProgram: OpenProgram = async ({ config }) => ({
  serviceName: 'ResizeService',
  version: serviceVersion,
  components: new Map([['Resize', createResizeComponent(config.limits)]]),
  addTypedRpcs(rpcs) {
    rpcs.server.addService(loadServices().ResizeService.service, {
      Resize: rpcs.work('Resize', (request: ResizeRequest__Output, context) => resize(request, rpcs, context)),
      HealthCheck: rpcs.healthCheck,
    });
  },
  async close() {},
});

async function resize(request: ResizeRequest__Output, rpcs: TypedRpcs, context: CallContext): Promise<ResizeResponse> {
  const { input_image, input_bytes, output_format, output_quality } = request;
  const call = {
    method: 'Resize',
    input_image,
    input_bytes,
    parameters: toParameters(request),
    detections: [],
    output_format,
    output_quality,
  };
  const { result, output } = await rpcs.runTyped(call, context);
  return { result, transform: { ...output.transform } };
}

/** In proto3 an absent field is 0, "" or false. */
function toParameters(request: ResizeRequest__Output): Record<string, unknown> {
  const { target_width, target_height, resize_mode, maintain_aspect_ratio } = request;
  return {
    ...(target_width === 0 ? {} : { target_width }),
    ...(target_height === 0 ? {} : { target_height }),
    ...(resize_mode === '' ? {} : { resize_mode }),
    ...(maintain_aspect_ratio ? { maintain_aspect_ratio } : {}),
  };
}
