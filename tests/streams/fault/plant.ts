/** The platform as a user starts it, and what is asked of its live video. Linux only: it reads /proc. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authRoutes, pipelineRoutes, type StreamStatus, serviceRoutes, streamRoutes, userRoutes } from '@imageflow/contract';
import { listTree } from '../../../bench/processes.ts';
import { type HurtProcess, startPlatform } from '../../fault/platform.ts';
import { poll } from '../rest.ts';
import { ffmpegsOf } from '../videos.ts';
import { openWatch, type StreamWatch } from './watch.ts';

type Client = Awaited<ReturnType<typeof startPlatform>>['client'];

export interface StreamPlant {
  /** An administrator's. */
  readonly client: Client;
  /** Of video files. */
  readonly videos: string;
  /** The id of a new stream. */
  add(name: string, source: object, more: object): Promise<string>;
  remove(id: string): Promise<void>;
  status(id: string): Promise<StreamStatus>;
  until(id: string, isReached: (status: StreamStatus) => boolean, limitMs?: number): Promise<StreamStatus>;
  watch(id: string): Promise<StreamWatch>;
  /** Backend and services that live now. */
  programs(): Promise<readonly HurtProcess[]>;
  /** All processes of the platform, ffmpeg's too, with what each is. */
  processes(): Promise<readonly { readonly pid: number; readonly name: string }[]>;
  /** Command lines of the ffmpeg processes that live now. */
  readers(): Promise<readonly string[]>;
  /** An engineer's, good for a quarter of an hour. */
  accessToken(): Promise<string>;
  /** "host:port" of the service's first instance. */
  addressOf(service: string): Promise<string>;
  /** What went wrong with the platform itself, in words. */
  readonly anomalies: readonly string[];
  close(): Promise<void>;
}

const resize = (width: number, height: number) => ({
  step_id: 'resize',
  service: 'ResizeService',
  method: 'Resize',
  parameters: { target_width: width, target_height: height },
});
const detect = { step_id: 'detect', service: 'AIDetectionService', method: 'DetectDefects', depends_on: ['resize'] };
/** Makes an image, and costs little; the other one asks the AI. */
export const [smallPipeline, defectPipeline] = [
  { pipeline_id: 'streams-small', name: 'Streams: small', version: '1.0.0', steps: [resize(320, 180)] },
  { pipeline_id: 'streams-defects', name: 'Streams: defects', version: '1.0.0', steps: [resize(640, 640), detect] },
] as const;

export async function openStreamPlant(): Promise<StreamPlant> {
  const folder = await mkdtemp(join(tmpdir(), 'imageflow-streams-fault-'));
  const anomalies: string[] = [];
  const platform = await startPlatform(folder, (anomaly) => anomalies.push(anomaly));
  const { client } = platform;
  for (const body of [smallPipeline, defectPipeline]) {
    await client.call(pipelineRoutes.createPipeline, { body: { ...body, steps: [...body.steps] } });
  }
  const status = (id: string) => client.call(streamRoutes.getStreamStatus, { params: { id } });
  return {
    client,
    anomalies,
    videos: join(folder, 'videos'),
    add: async (name, source, more) => (await client.call(streamRoutes.createStream, { body: { name, source, ...more } as never })).id,
    remove: async (id) => void (await client.call(streamRoutes.deleteStream, { params: { id } })),
    status,
    until: (id, isReached, limitMs) => poll(() => status(id), isReached, limitMs),
    watch: (id) => openWatch(client, id),
    programs: () => platform.processes(),
    processes: () => listProcesses(platform),
    async readers() {
      const backend = (await platform.processes()).find(({ kind }) => kind === 'backend');
      return backend === undefined ? [] : ffmpegsOf(backend.pid);
    },
    async accessToken() {
      const engineer = { username: 'streams', password: 'an-engineer-of-the-streams' };
      await client.call(userRoutes.createUser, { body: { ...engineer, role: 'engineer' } });
      return (await client.call(authRoutes.login, { body: engineer })).access_token;
    },
    async addressOf(service) {
      const { items } = await client.call(serviceRoutes.listServices, {});
      const address = items.find((item) => item.service === service)?.instances[0]?.address;
      if (address === undefined) throw new Error(`there is no ${service}`);
      return address;
    },
    async close() {
      await platform.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function listProcesses(platform: Awaited<ReturnType<typeof startPlatform>>) {
  const programs = await platform.processes();
  const known = new Map(programs.map(({ pid, kind }) => [pid, kind]));
  const trees = await Promise.all([...known.keys()].map(listTree));
  return trees.flat().map((pid) => ({ pid, name: known.get(pid) ?? 'ffmpeg' }));
}
