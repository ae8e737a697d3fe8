/** The platform as cameras reach it: directly, or through Envoy with TLS. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { authorityOf, type Gateway, startGateway } from '../../tests/gateway/gateways.ts';
import { makeScratchFolder } from '../inputs.ts';
import { type Platform, startPlatform } from '../platform.ts';
import type { Variant } from '../scenario.ts';
import { embeddedServers, startRealServers } from '../servers.ts';
import type { OpenLink } from './camera.ts';
import { overGrpc } from './grpc.ts';
import { overSocket } from './socket.ts';

export interface CameraPlatform {
  readonly platform: Platform;
  overGrpc(): OpenLink;
  overSocket(form: 'json' | 'binary'): OpenLink;
  close(): Promise<void>;
}

const pipeline = {
  pipeline_id: 'bench-stream',
  name: 'Bench: resize, detect',
  version: '1.0.0',
  description: 'Rows 6 and 7 of the table of goals',
  execution_mode: 'direct_grpc',
  steps: [
    { step_id: 'resize', service: 'ResizeService', method: 'Resize', parameters: { target_width: 640, target_height: 640 } },
    { step_id: 'detect', service: 'AIDetectionService', method: 'DetectDefects', depends_on: ['resize'] },
  ],
};

export async function startCameraPlatform(variants: ReadonlySet<Variant>): Promise<CameraPlatform> {
  const folder = await makeScratchFolder();
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const end of closers.reverse()) await end();
  };
  try {
    const servers = variants.has('real') ? await startRealServers() : embeddedServers;
    closers.push(() => servers.close());
    const settings = variants.has('gateway') ? { IMAGEFLOW_TRUSTED_PROXIES: '127.0.0.1' } : {};
    const platform = await startPlatform(join(folder, 'data'), { ...servers.env, ...settings });
    closers.push(() => platform.stop());
    const client = await platform.login();
    await client.definePipeline(pipeline);
    const service = await findService(platform.address, client.authorization);
    const gateway = variants.has('gateway') ? await openGateway(platform, service) : undefined;
    if (gateway !== undefined) closers.push(() => gateway.remove());
    return { platform, ...ways(platform, service, client.authorization, gateway), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function ways(platform: Platform, service: string, authorization: string, gateway: Gateway | undefined) {
  const authority = gateway && authorityOf(gateway);
  const grpc = { address: gateway?.authority ?? service, authority, accessToken: authorization.slice('Bearer '.length) };
  return {
    overGrpc: () => overGrpc(grpc, pipeline.pipeline_id),
    overSocket: (form: 'json' | 'binary') =>
      overSocket({ address: gateway?.address ?? platform.address, authority, authorization, form }, pipeline.pipeline_id),
  };
}

function openGateway(platform: Platform, service: string): Promise<Gateway> {
  return startGateway('envoy', { BACKENDS: platform.address.replace('http://', ''), CAMERA_STREAM: service });
}

async function findService(address: string, authorization: string): Promise<string> {
  const response = await fetch(`${address}/api/v1/grpc-services`, { headers: { authorization } });
  const { items } = (await response.json()) as { items: { service: string; instances: { address: string }[] }[] };
  const found = items.find(({ service }) => service === 'CameraStreamService')?.instances[0]?.address;
  if (found === undefined) throw new Error('the platform names no CameraStreamService');
  return found;
}
