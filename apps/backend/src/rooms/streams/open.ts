/** Live video: connections to the service, places for clients, and the streams that this backend reads by itself. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '@imageflow/adapters/database';
import type { ServicePool } from '@imageflow/adapters/rpc';
import { findFfmpeg } from '@imageflow/adapters/video';
import type { Bus, ObjectStore } from '@imageflow/core';
import type { Logger } from 'pino';
import type { VideoConfig } from '../../config.ts';
import type { Duties } from '../../runtime/duties.ts';
import type { Platform } from '../../runtime/platform.ts';
import type { PipelinesService } from '../pipelines/pipelines.service.ts';
import { setClip } from './archive.queries.ts';
import { type ArchiveCounts, createArchiver } from './archive.ts';
import { removeArchived, startArchiveUpkeep } from './archive.upkeep.ts';
import { openClipper } from './clip/clipper.ts';
import { createCollector } from './clip/collector.ts';
import { createVideoConnections, type VideoConnections } from './live/connection.ts';
import { createPlaces, type Places } from './live/places.ts';
import type { Whereabouts } from './relay/relay.ts';
import { createRelays } from './relay/relays.ts';
import { type Runner, startRunner } from './runner.ts';
import { locate } from './source-input.ts';
import { type StreamRow, selectStream } from './streams.queries.ts';
import { archiveOf, createStreamsService, type StreamsService } from './streams.service.ts';
import type { StreamsFigures } from './streams-metrics.ts';
import { type Supervisor, startSupervisor } from './supervisor.ts';
import { openVault } from './vault.ts';
import type { Watched } from './watched.ts';

export interface Streams {
  readonly connections: VideoConnections;
  readonly places: Places;
  readonly service: StreamsService;
  /** A stream that runs here. */
  find(id: string): Watched | undefined;
  /** From now on other backends send those who watch to this address. */
  reachedAt(address: string): void;
  figures(): StreamsFigures;
  close(): Promise<void>;
}

export interface StreamsNeeds {
  readonly database: Database;
  readonly objects: ObjectStore;
  readonly bus: Bus;
  readonly pool: ServicePool;
  readonly pipelines: PipelinesService;
  readonly duties: Pick<Duties, 'isMine'>;
  readonly platform: Platform;
  readonly logger: Logger;
  readonly serviceKey: string;
  readonly dataDir: string;
  readonly video: VideoConfig;
}

const placeLimits = { total: 256, perUser: 16 };

export async function openStreams(needs: StreamsNeeds): Promise<Streams> {
  const { database, objects, bus, pool, pipelines, platform, logger, video } = needs;
  const { clock, ids } = platform;
  const connections = createVideoConnections({ pool, serviceKey: needs.serviceKey });
  const vault = await openVault(needs.dataDir, video.secretKey);
  await mkdir(video.folder, { recursive: true });
  const ffmpeg = (): Promise<string> => findFfmpeg(video.ffmpeg, video.searchPath);
  const attach = (archiveIds: readonly string[], key: string): Promise<number> => setClip(database.db, archiveIds, key);
  const clipper = await openClipper({ objects, logger, attach, folder: join(needs.dataDir, 'clips'), ffmpeg });
  const counts: ArchiveCounts = { kept: 0, failed: 0, dropped: 0 };
  const archive = { db: database.db, objects, bus, clock, ids, logger, counts, duties: needs.duties };

  const start = (row: StreamRow): Runner => {
    const archiver = createArchiver(archive);
    const runner = startRunner(row, {
      connections,
      clock,
      logger,
      ffmpeg,
      sourceOf: ({ id, source, credentials }, signal) =>
        locate(source, credentials === null ? undefined : vault.open(id, credentials), { folder: video.folder, signal }),
    });
    const wishes = () => archiveOf(runner.row).clip;
    const collector = createCollector({ clipper, clock, streamId: row.id, wishes });
    runner.watch({
      onFrame: (frame) => collector.frame(frame),
      onAnswer(answer) {
        const kept = archiver.consider(answer, runner.row);
        if (kept !== undefined && kept.reason !== 'interval') collector.event(answer.frame, kept.id);
      },
    });
    return withClose(runner, () => {
      collector.close();
      return archiver.close();
    });
  };
  const runnerId = ids.next();
  let reachedAt: string | undefined;
  const supervisor = await startSupervisor({ database, clock, logger, runnerId, start, address: () => reachedAt });
  const relays = createRelays({ look: (id) => findRunner(id, { database, supervisor, runnerId }), serviceKey: needs.serviceKey, logger });
  const stopUpkeep = startArchiveUpkeep(archive);
  const discard = (streamId: string): Promise<void> => removeArchived(archive, { streamId });
  const service = createStreamsService({
    db: database.db,
    ids,
    video,
    vault,
    supervisor,
    relays,
    pipelines,
    catalogue: pool.catalogue,
    discard,
  });
  return {
    connections,
    places: createPlaces(placeLimits),
    service,
    find: (id) => supervisor.find(id),
    reachedAt(address) {
      reachedAt = address;
    },
    figures: () => ({ states: supervisor.running().map((runner) => runner.status().state), archive: counts, clips: clipper.counts }),
    async close() {
      await Promise.all([stopUpkeep(), relays.close()]);
      await supervisor.close();
      await clipper.close();
      connections.close();
    },
  };
}

interface FindNeeds {
  readonly database: Database;
  readonly supervisor: Pick<Supervisor, 'find'>;
  /** Of this backend. */
  readonly runnerId: string;
}

async function findRunner(id: string, { database, supervisor, runnerId }: FindNeeds): Promise<Whereabouts | undefined> {
  const row = await selectStream(database.db, id);
  if (row === undefined || !row.enabled) return undefined;
  // One that is about to run here is not asked for over the network.
  const address = row.runner_id === runnerId ? undefined : (row.runner_address ?? undefined);
  return { pipelineId: row.pipeline_id, near: supervisor.find(id), address };
}

function withClose(runner: Runner, afterwards: () => Promise<void>): Runner {
  return {
    get row() {
      return runner.row;
    },
    status: () => runner.status(),
    apply: (row) => runner.apply(row),
    watch: (watcher) => runner.watch(watcher),
    async close() {
      await runner.close();
      await afterwards();
    },
  };
}
