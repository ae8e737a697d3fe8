/** FilterService: its components, and the typed rpcs for outside clients. */
import { type FilterRequest__Output, type FilterResponse, loadServices } from '@imageflow/grpc';
import type { CallContext, OpenProgram, TypedRpcs } from '../scaffold/program.ts';
import { serviceVersion } from '../scaffold/version.ts';
import { fromWireDetection } from '../scaffold/wire.ts';
import { createApplyFilter, createApplyQualityFilter } from '../steps/filter/components.ts';
import { parseTextParameters } from '../steps/filter/text-parameters.ts';

export const openProgram: OpenProgram = async ({ config }) => ({
  serviceName: 'FilterService',
  version: serviceVersion,
  components: new Map([
    ['ApplyFilter', createApplyFilter(config.limits)],
    ['ApplyQualityFilter', createApplyQualityFilter(config.limits)],
  ]),
  addTypedRpcs(rpcs) {
    const typed = (method: string) =>
      rpcs.work(method, (request: FilterRequest__Output, context) => filter(method, request, rpcs, context));
    rpcs.server.addService(loadServices().FilterService.service, {
      ApplyFilter: typed('ApplyFilter'),
      ApplyQualityFilter: typed('ApplyQualityFilter'),
      HealthCheck: rpcs.healthCheck,
    });
  },
  async close() {},
});

async function filter(method: string, request: FilterRequest__Output, rpcs: TypedRpcs, context: CallContext): Promise<FilterResponse> {
  const { input_image, input_bytes, filter_type, output_format, output_quality } = request;
  const parameters = {
    ...(filter_type === '' ? {} : { filter_type }),
    ...parseTextParameters(method, filter_type, request.parameters),
  };
  const detections = request.detections.map(fromWireDetection);
  const { result, output } = await rpcs.runTyped(
    { method, input_image, input_bytes, parameters, detections, output_format, output_quality },
    context,
  );
  return { result, measures: { ...output.measures }, transform: { ...output.transform } };
}
