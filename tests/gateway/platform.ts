/** The embedded platform with all four services, and the addresses that a gateway leads to. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { serviceRoutes } from '@imageflow/contract';
import { freePort } from '../../scripts/servers/index.ts';
import { openTestPlatform, type TestPlatform } from '../e2e/platform.ts';
import type { Targets } from './gateways.ts';

export interface GatewayPlatform {
  readonly platform: TestPlatform;
  readonly targets: Required<Targets>;
  close(): Promise<void>;
}

const serviceKey = 'the-service-key-of-the-gateway-tests';

export async function openGatewayPlatform(): Promise<GatewayPlatform> {
  const [grpcPort, cameraPort] = [await freePort(), await freePort()];
  const platform = await openTestPlatform({
    IMAGEFLOW_GRPC_PORT: String(grpcPort),
    IMAGEFLOW_SERVICES: `CameraStreamService=127.0.0.1:${cameraPort}`,
    IMAGEFLOW_SERVICE_KEY: serviceKey,
    IMAGEFLOW_TRUSTED_PROXIES: '127.0.0.1',
  });
  let camera: ChildProcess | undefined;
  try {
    camera = await startCamera(platform.dataDir, cameraPort, grpcPort);
    const addresses = await addressesOf(platform);
    await untilAllActive(platform);
    return {
      platform,
      targets: {
        BACKENDS: platform.address.replace('http://', ''),
        BACKENDS_GRPC: `127.0.0.1:${grpcPort}`,
        RESIZE: addresses.get('ResizeService') ?? '',
        AI_DETECTION: addresses.get('AIDetectionService') ?? '',
        FILTER: addresses.get('FilterService') ?? '',
        CAMERA_STREAM: `127.0.0.1:${cameraPort}`,
      },
      close: async () => {
        await stop(camera);
        await platform.close();
      },
    };
  } catch (error) {
    await stop(camera);
    await platform.close();
    throw error;
  }
}

async function startCamera(dataDir: string, port: number, grpcPort: number): Promise<ChildProcess> {
  const script = join(import.meta.dirname, '../../apps/services/src/main.ts');
  const env = {
    IMAGEFLOW_DATA_DIR: dataDir,
    IMAGEFLOW_LISTEN: `127.0.0.1:${port}`,
    IMAGEFLOW_BACKEND: `127.0.0.1:${grpcPort}`,
    IMAGEFLOW_SERVICE_KEY: serviceKey,
    IMAGEFLOW_STREAM_TOKENS: 'required',
    IMAGEFLOW_LOG_LEVEL: 'warn',
  };
  const child = fork(script, ['camera-stream'], { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const first = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => undefined)]);
  if (first === undefined) throw new Error('the camera-stream service ended before it was ready');
  return child;
}

async function stop(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** The camera's service is started after the backend, which looks at it every ten seconds. */
async function untilAllActive(platform: TestPlatform): Promise<void> {
  const client = await platform.client('admin');
  for (const until = Date.now() + 60_000; ; await pause(200)) {
    const { items } = await client.call(serviceRoutes.listServices, {});
    const missing = items.filter(({ status }) => status !== 'active' && status !== 'busy').map(({ service }) => service);
    if (items.length === 4 && missing.length === 0) return;
    if (Date.now() > until) throw new Error(`not ready: ${missing.join(', ')}`);
  }
}

async function addressesOf(platform: TestPlatform): Promise<ReadonlyMap<string, string>> {
  const { items } = await (await platform.client('admin')).call(serviceRoutes.listServices, {});
  return new Map(items.flatMap(({ service, instances }) => instances.map(({ address }) => [service, address] as const)));
}
