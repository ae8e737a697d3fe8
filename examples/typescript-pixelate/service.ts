/**
 * A processing step for ImageFlowCanvas, whole in one file: hides what earlier steps detected (people, labels) behind coarse blocks.
 *
 * It implements imageflow.v1.ProcessorService, announces itself to the backend and repeats that as a heartbeat. While it runs, its
 * component "PixelateService.Pixelate" is in /components, in the canvas and in validation.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import sharp from 'sharp';

// The contract lies in the platform's repository; a service elsewhere keeps a copy of the folder.
const protoFolder = process.env.IMAGEFLOW_PROTO_DIR ?? join(import.meta.dirname, '../../packages/grpc/proto');
const serviceName = 'PixelateService';
const version = '1.0.0';
const maxMessageBytes = 64 * 1024 * 1024;

/** The canvas makes its form of this, and the platform checks every pipeline against it. */
const parametersSchema = {
  type: 'object',
  properties: {
    block_size: { type: 'integer', minimum: 2, maximum: 256, default: 16, title: 'Block size (px)', 'x-label-ja': 'ブロックの大きさ (px)' },
  },
  additionalProperties: false,
};

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface ProcessRequest {
  readonly input_bytes: { readonly data: Buffer; readonly format: string; readonly width: number; readonly height: number } | null;
  readonly parameters_json: string;
  readonly detections: readonly { readonly bbox: Box }[];
  readonly transform: object | null;
  readonly inline_handover: boolean;
  readonly output: { readonly format: string; readonly quality: number } | null;
}

interface Pixels {
  /** 8-bit RGB, rows top to bottom. */
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

const startedAt = Date.now();
const calls = { running: 0, completed: 0, failed: 0 };

function describe(): object {
  const component = {
    method: 'Pixelate',
    label: { ja: 'モザイク', en: 'Pixelate' },
    description: {
      ja: '前のステップの検出領域をモザイクで隠します。検出がなければ画像全体を処理します',
      en: 'Hides what earlier steps detected behind coarse blocks; the whole image when nothing was detected',
    },
    parameters_schema_json: JSON.stringify(parametersSchema),
    produces_image: true,
    consumes_detections: true,
    streamable: true,
    category: 'filter',
    // It does not reach the object store: images come and go inside the messages.
    inline_images: true,
  };
  return { service_name: serviceName, version, components: [component] };
}

async function processImage(request: ProcessRequest): Promise<object> {
  const began = performance.now();
  const { block_size = 16 } = JSON.parse(request.parameters_json || '{}') as { readonly block_size?: number };
  const pixels = await decode(request);
  const whole = { x: 0, y: 0, width: pixels.width, height: pixels.height };
  const boxes = request.detections.length > 0 ? request.detections.map((detection) => detection.bbox) : [whole];
  for (const box of boxes) pixelate(pixels, box, block_size);
  const { width, height } = pixels;
  const output = request.output === null ? {} : { output_data: await encode(pixels, request.output) };
  return {
    result: {
      status: 'PROCESSING_STATUS_COMPLETED',
      processing_time_seconds: (performance.now() - began) / 1000,
      metadata: { width: String(width), height: String(height) },
      ...output,
    },
    detections: request.detections,
    // Nothing moved: the map from the original stays as it was.
    transform: request.transform,
    handover_bytes: request.inline_handover ? { data: pixels.data, format: 'RAW', width, height } : null,
  };
}

/** Raw pixels between steps, else an encoded file whose orientation is still to be applied. */
async function decode({ input_bytes }: ProcessRequest): Promise<Pixels> {
  if (input_bytes === null) throw badInput('There is no image');
  const { data, format, width, height } = input_bytes;
  // A copy: the message's memory is not ours to paint on.
  if (format === 'RAW') return { data: Buffer.from(data), width, height };
  try {
    const image = sharp(data, { failOn: 'truncated' }).autoOrient().flatten().toColourspace('srgb').raw();
    const decoded = await image.toBuffer({ resolveWithObject: true });
    return { data: decoded.data, width: decoded.info.width, height: decoded.info.height };
  } catch (error) {
    throw badInput(`The image cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function encode({ data, width, height }: Pixels, { format, quality }: NonNullable<ProcessRequest['output']>): Promise<Buffer> {
  const name = (['png', 'webp', 'avif', 'tiff'] as const).find((known) => known === format) ?? 'jpeg';
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  return image.toFormat(name, { quality: quality || 90 }).toBuffer();
}

/** Each block becomes its mean colour. */
function pixelate(pixels: Pixels, box: Box, blockSize: number): void {
  const right = Math.min(Math.ceil(box.x + box.width), pixels.width);
  const bottom = Math.min(Math.ceil(box.y + box.height), pixels.height);
  for (let top = Math.max(Math.floor(box.y), 0); top < bottom; top += blockSize) {
    for (let left = Math.max(Math.floor(box.x), 0); left < right; left += blockSize) {
      fillBlock(pixels, left, top, Math.min(left + blockSize, right), Math.min(top + blockSize, bottom));
    }
  }
}

function fillBlock({ data, width }: Pixels, left: number, top: number, right: number, bottom: number): void {
  const count = (right - left) * (bottom - top);
  for (let channel = 0; channel < 3; channel += 1) {
    let sum = 0;
    for (let y = top; y < bottom; y += 1) for (let x = left; x < right; x += 1) sum += data[(y * width + x) * 3 + channel] ?? 0;
    const mean = Math.round(sum / count);
    for (let y = top; y < bottom; y += 1) for (let x = left; x < right; x += 1) data[(y * width + x) * 3 + channel] = mean;
  }
}

/** The caller's fault: it is not repeated. */
function badInput(details: string): Partial<grpc.ServiceError> {
  return Object.assign(new Error(details), { code: grpc.status.INVALID_ARGUMENT, details });
}

function health(instanceId: string): object {
  return {
    status: 'SERVING',
    version,
    instance_id: instanceId,
    cpu_usage: 0,
    memory_usage_mb: process.memoryUsage.rss() / 1024 / 1024,
    connections: calls.running,
    uptime_seconds: Math.floor((Date.now() - startedAt) / 1000),
    calls_completed: calls.completed,
    calls_failed: calls.failed,
  };
}

type Unary = grpc.handleUnaryCall<ProcessRequest, object>;

const onProcess: Unary = (call, callback) => {
  calls.running += 1;
  processImage(call.request)
    .then(
      (response) => {
        calls.completed += 1;
        callback(null, response);
      },
      (error: grpc.ServiceError) => {
        calls.failed += 1;
        callback(error);
      },
    )
    .finally(() => {
      calls.running -= 1;
    });
};

interface RegistryClient extends grpc.Client {
  Register(request: object, metadata: grpc.Metadata, options: grpc.CallOptions, done: Answer): void;
  Deregister(request: object, metadata: grpc.Metadata, options: grpc.CallOptions, done: Answer): void;
}
type Answer = (error: grpc.ServiceError | null, response?: { readonly heartbeat_seconds?: number }) => void;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      listen: { type: 'string', default: '127.0.0.1:0' },
      address: { type: 'string' },
      backend: { type: 'string', default: '127.0.0.1:50050' },
      'key-file': { type: 'string', default: 'data/service-key.txt' },
      'instance-id': { type: 'string', default: 'pixelate-typescript' },
    },
  });
  const { imageflow } = grpc.loadPackageDefinition(
    loadSync(['imageflow/v1/processor.proto', 'imageflow/v1/registry.proto'], {
      keepCase: true,
      longs: Number,
      enums: String,
      defaults: true,
      includeDirs: [protoFolder],
    }),
  ) as unknown as { imageflow: { v1: Record<string, grpc.ServiceClientConstructor> } };
  const { ProcessorService, RegistryService } = imageflow.v1;
  if (ProcessorService === undefined || RegistryService === undefined) throw new Error(`The protos in ${protoFolder} are not complete`);

  const instanceId = values['instance-id'];
  const server = new grpc.Server({ 'grpc.max_receive_message_length': maxMessageBytes, 'grpc.max_send_message_length': maxMessageBytes });
  server.addService(ProcessorService.service, {
    Describe: (_call: unknown, callback: (error: null, answer: object) => void) => callback(null, describe()),
    HealthCheck: (_call: unknown, callback: (error: null, answer: object) => void) => callback(null, health(instanceId)),
    Process: onProcess,
  });
  const address = values.address ?? (await listen(server, values.listen));
  console.log(`${serviceName} listens on ${address}`);

  const registry = new RegistryService(values.backend, grpc.credentials.createInsecure()) as unknown as RegistryClient;
  const key = process.env.IMAGEFLOW_SERVICE_KEY ?? readFileSync(values['key-file'], 'utf8').trim();
  const stopAnnouncing = announce(registry, key, { instance_id: instanceId, address });
  const stop = async (): Promise<void> => {
    await stopAnnouncing();
    server.tryShutdown(() => process.exit(0));
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => void stop());
}

function listen(server: grpc.Server, address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(`${address.slice(0, address.lastIndexOf(':'))}:${port}`);
      else reject(error);
    });
  });
}

/** Registers, and again within the time the backend asks for; a backend that is away is tried until it is back. */
function announce(registry: RegistryClient, key: string, request: { instance_id: string; address: string }): () => Promise<void> {
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${key}`);
  const terms = () => ({ deadline: Date.now() + 5_000 });
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const register = (): void => {
    registry.Register(request, metadata, terms(), (error, response) => {
      if (error !== null) console.error(`cannot register: ${error.details}`);
      if (!isStopped) timer = setTimeout(register, (response?.heartbeat_seconds ?? 2) * 1000);
    });
  };
  register();
  return () => {
    isStopped = true;
    clearTimeout(timer);
    // Without an answer the heartbeat that is missing takes the instance out.
    return new Promise((resolve) => registry.Deregister({ instance_id: request.instance_id }, metadata, terms(), () => resolve()));
  };
}

await main();
