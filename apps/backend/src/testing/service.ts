/** A processing service for tests: whole on the wire, with whatever components a test needs. */
import * as grpc from '@grpc/grpc-js';
import { createServer, loadServices, type ProcessorServiceHandlers } from '@imageflow/grpc';

export interface TestComponent {
  readonly method: string;
  /** JSON Schema of the parameters. */
  readonly parameters: object;
  readonly producesImage?: boolean;
}

export interface TestService {
  /** As IMAGEFLOW_SERVICES takes it. */
  readonly setting: string;
  readonly port: number;
  close(): void;
}

const answerAtOnce: ProcessorServiceHandlers['Process'] = (_call, callback) =>
  callback(null, { result: { status: 'PROCESSING_STATUS_COMPLETED' } });

export async function openTestService(
  name: string,
  components: readonly TestComponent[],
  process: ProcessorServiceHandlers['Process'] = answerAtOnce,
  /** 0: any that is free. */
  wantedPort = 0,
): Promise<TestService> {
  const server = createServer();
  const handlers: ProcessorServiceHandlers = {
    Describe: (_call, callback) => callback(null, { service_name: name, version: '1', components: components.map(toWire) }),
    HealthCheck: (_call, callback) => callback(null, { status: 'SERVING', version: '1' }),
    Process: process,
  };
  server.addService(loadServices().ProcessorService.service, handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${wantedPort}`, grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { setting: `${name}=127.0.0.1:${port}`, port, close: () => server.forceShutdown() };
}

function toWire({ method, parameters, producesImage = false }: TestComponent) {
  return {
    method,
    label: { ja: method, en: method },
    parameters_schema_json: JSON.stringify(parameters),
    produces_image: producesImage,
  };
}
