/** ProcessorService.Describe: the program's components as messages. */
import type { DescribeResponse } from '@imageflow/grpc';
import type { ServiceProgram } from './program.ts';

export function describeProgram(program: ServiceProgram): DescribeResponse {
  return {
    service_name: program.serviceName,
    version: program.version,
    components: [...program.components.values()].map(({ description }) => {
      const { parameters_schema, ...rest } = description;
      return { ...rest, parameters_schema_json: JSON.stringify(parameters_schema) };
    }),
  };
}
