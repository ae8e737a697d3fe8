/** Two backends on one PostgreSQL with the services that live video needs, each a process of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StreamStatus } from '@imageflow/contract';
import { freePorts } from '../../scripts/servers/ports.ts';
import { startPostgres } from '../../scripts/servers/postgres.ts';
import { adminPassword, json, type Seat, signIn, takeSeat } from '../cluster/client.ts';
import { type BackendProgram, type Program, startBackend, startProgram } from '../cluster/programs.ts';
import { openViewer, resizePipeline, type Viewer } from './lab.ts';
import { poll } from './rest.ts';

const serviceKey = 'the-service-key-of-the-tests';
const kinds = { ResizeService: 'resize', CameraStreamService: 'camera-stream' } as const;

export interface Pair {
  /** The services ask the second one for pipelines. */
  readonly backends: readonly [BackendProgram, BackendProgram];
  readonly seats: readonly [Seat, Seat];
  /** Of video files. */
  readonly videos: string;
  /** The id of a new stream; it begins at this backend. */
  add(seat: Seat, name: string, source: object): Promise<string>;
  until(seat: Seat, id: string, isReached: (status: StreamStatus) => boolean, limitMs?: number): Promise<StreamStatus>;
  watch(seat: Seat, id: string): Promise<Viewer>;
  close(): Promise<void>;
}

export async function openPair(): Promise<Pair> {
  const folder = await mkdtemp(join(tmpdir(), 'imageflow-pair-'));
  const videos = join(folder, 'videos');
  const postgres = await startPostgres({ isDurable: false });
  const programs: Program[] = [];
  const viewers: Viewer[] = [];
  const close = async (): Promise<void> => {
    for (const viewer of viewers) viewer.socket.terminate();
    await Promise.all(programs.map((program) => program.kill({ stays: 'dead' })));
    await postgres.remove();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const ports = await freePorts(Object.keys(kinds).length);
    const services = Object.keys(kinds).map((name, index) => `${name}=127.0.0.1:${ports[index]}`);
    const common = { IMAGEFLOW_OBJECTS_URL: `folder:${folder}/objects`, IMAGEFLOW_SERVICE_KEY: serviceKey };
    const env = {
      ...common,
      IMAGEFLOW_DATABASE_URL: postgres.url,
      IMAGEFLOW_SERVICES: services.join(','),
      IMAGEFLOW_ADMIN_PASSWORD: adminPassword,
      IMAGEFLOW_VIDEO_DIR: videos,
      IMAGEFLOW_DRAIN_MS: '8000',
    };
    const one = await startBackend('backend-1', { env, folder });
    const two = await startBackend('backend-2', { env, folder });
    programs.push(one, two);
    for (const [index, kind] of Object.values(kinds).entries()) {
      const own = {
        IMAGEFLOW_LISTEN: `127.0.0.1:${ports[index]}`,
        IMAGEFLOW_METRICS_PORT: '0',
        IMAGEFLOW_BACKEND: `127.0.0.1:${two.grpcPort}`,
      };
      const script = 'apps/services/src/main.ts';
      programs.push(
        startProgram({ name: kind, script, args: [kind], env: { ...common, ...own, IMAGEFLOW_DATA_DIR: join(folder, kind) }, folder }),
      );
    }
    await Promise.all(programs.map((program) => program.ready()));
    const { access } = await signIn(one.address);
    const seats = [takeSeat(one.address, access), takeSeat(two.address, access)] as const;
    const stored = await seats[0].ask('/pipelines', json(resizePipeline));
    if (stored.status !== 201) throw new Error(JSON.stringify(stored.body));
    return {
      backends: [one, two],
      seats,
      videos,
      async add(seat, name, source) {
        const { status, body } = await seat.ask('/streams', json({ name, source, pipeline_id: resizePipeline.pipeline_id }));
        if (status !== 201) throw new Error(JSON.stringify(body));
        return (body as { readonly id: string }).id;
      },
      until: (seat, id, isReached, limitMs) =>
        poll(async () => (await seat.ask(`/streams/${id}/status`)).body as StreamStatus, isReached, limitMs),
      async watch(seat, id) {
        const url = `${seat.address.replace('http', 'ws')}/ws/camera-stream?stream=${id}`;
        const viewer = await openViewer(url, { authorization: `Bearer ${access}` }, { protocols: ['imageflow.binary.v1'] });
        viewers.push(viewer);
        return viewer;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
