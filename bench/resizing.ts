/** The resize service as its own process, asked over gRPC, for scenario 4. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { credentials, type ServiceError } from '@grpc/grpc-js';
import { openObjects } from '@imageflow/adapters/objects';
import { loadServices, type ResizeResponse__Output } from '@imageflow/grpc';

export interface ResizeProcess {
  /** Stored JPEG in, stored JPEG out. */
  resize(width: number): Promise<void>;
  readonly pid: number;
  stop(): Promise<void>;
}

const program = join(import.meta.dirname, '../apps/services/src/main.ts');

export async function startResizeService(folder: string, imagePath: string): Promise<ResizeProcess> {
  const objects = await openObjects(`folder:${join(folder, 'objects')}`);
  const input_image = { object_key: 'uploads/photo.jpg', content_type: 'image/jpeg' };
  await objects.put(input_image.object_key, createReadStream(imagePath), {
    contentType: 'image/jpeg',
    maxBytes: 50_000_000,
    durable: false,
  });
  const child: ChildProcess = fork(program, ['resize'], {
    env: { ...process.env, IMAGEFLOW_DATA_DIR: folder, IMAGEFLOW_LISTEN: '127.0.0.1:0', IMAGEFLOW_LOG_LEVEL: 'warn' },
  });
  const [ready] = (await once(child, 'message')) as [{ port: number }];
  const client = new (loadServices().ResizeService)(`127.0.0.1:${ready.port}`, credentials.createInsecure());
  return {
    resize: (target_width) =>
      new Promise((resolve, reject) => {
        const request = { input_image, target_width, output_format: 'jpeg', output_quality: 90 };
        client.Resize(request, (error: ServiceError | null, answer?: ResizeResponse__Output) => {
          if (error === null && answer?.result?.output_image) resolve();
          else reject(error ?? new Error('The answer has no image'));
        });
      }),
    pid: child.pid ?? 0,
    async stop() {
      client.close();
      child.kill('SIGTERM');
      await once(child, 'exit');
      await objects.close();
    },
  };
}
