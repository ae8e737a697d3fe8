/** One AI service as its own process, asked over gRPC, for scenario 5. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { credentials, type ServiceError } from '@grpc/grpc-js';
import { openObjects } from '@imageflow/adapters/objects';
import { type DetectionResponse__Output, loadServices } from '@imageflow/grpc';

export interface DetectionService {
  /** Stores a photo where the service reads it; answers its key. */
  store(path: string): Promise<string>;
  addModel(path: string): Promise<void>;
  /** The same thresholds as the peers. */
  detect(key: string, model: string): Promise<DetectionResponse__Output>;
  stop(): Promise<void>;
}

const program = join(import.meta.dirname, '../apps/services/src/main.ts');
const thresholds = { confidence_threshold: 0.25, iou_threshold: 0.7, max_detections: 300 };

export async function startDetectionService(folder: string, threads: number): Promise<DetectionService> {
  const objects = await openObjects(`folder:${join(folder, 'objects')}`);
  const modelsDir = join(folder, 'models');
  await mkdir(modelsDir, { recursive: true });
  const child: ChildProcess = fork(program, ['ai-detection'], {
    env: {
      ...process.env,
      IMAGEFLOW_DATA_DIR: folder,
      IMAGEFLOW_LISTEN: '127.0.0.1:0',
      IMAGEFLOW_LOG_LEVEL: 'warn',
      IMAGEFLOW_INFERENCE_THREADS: String(threads),
    },
  });
  const [ready] = (await once(child, 'message')) as [{ port: number }];
  const client = new (loadServices().AIDetectionService)(`127.0.0.1:${ready.port}`, credentials.createInsecure());
  return {
    async store(path) {
      const key = `uploads/${basename(path)}`;
      await objects.put(key, createReadStream(path), { contentType: 'image/jpeg', maxBytes: 50_000_000, durable: false });
      return key;
    },
    addModel: (path) => copyFile(path, join(modelsDir, basename(path))),
    detect: (object_key, model_name) =>
      new Promise((resolve, reject) => {
        const request = { input_image: { object_key, content_type: 'image/jpeg' }, model_name, ...thresholds };
        client.Detect(request, (error: ServiceError | null, answer?: DetectionResponse__Output) => {
          if (error !== null) reject(error);
          else if (answer !== undefined) resolve(answer);
        });
      }),
    async stop() {
      client.close();
      child.kill('SIGTERM');
      await once(child, 'exit');
      await objects.close();
    },
  };
}
