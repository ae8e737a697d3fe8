/** Starts one service by name: `node apps/services/src/main.ts resize|filter|ai-detection|camera-stream`. */
import { setFlagsFromString } from 'node:v8';
import { standardOutput } from '@imageflow/adapters/logs';
import { openObjects } from '@imageflow/adapters/objects';
import { pino } from 'pino';
import sharp from 'sharp';
import { parseConfig, type ServiceKind } from './scaffold/config.ts';
import type { OpenProgram } from './scaffold/program.ts';
import { openService, type RunningService } from './scaffold/serve.ts';

/** Only the chosen one is imported: onnxruntime alone costs 40 MB. */
const programs: Readonly<Record<ServiceKind, () => Promise<{ openProgram: OpenProgram }>>> = {
  resize: () => import('./programs/resize.ts'),
  'ai-detection': () => import('./programs/ai-detection.ts'),
  filter: () => import('./programs/filter.ts'),
  'camera-stream': () => import('./programs/camera-stream/program.ts'),
};

async function main(): Promise<void> {
  const kind = parseKind(process.argv[2]);
  const config = parseConfig(kind, process.env);
  const options = { level: config.logLevel, base: { service: kind, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime };
  const log = pino(options, standardOutput());
  tuneSharp();
  tuneMemory();
  const objects = await openObjects(config.objectsUrl);
  const { openProgram } = await programs[kind]();
  const program = await openProgram({ config, objects, log });
  const service = await openService({ program, objects, config, log });
  log.info({ host: service.host, port: service.port, metrics_port: service.metricsPort, objects: objects.kind }, 'service ready');
  stopWhenAsked(async () => {
    await service.close();
    await objects.close();
  });
  // The supervisor died meanwhile, when nobody listened.
  if (process.send !== undefined && !process.connected) return void process.emit('disconnect');
  announce(service);
}

/** Every image is different, so libvips' cache of operations only holds memory; parallel calls use the cores better than parallel stripes. */
function tuneSharp(): void {
  sharp.cache(false);
  sharp.concurrency(1);
}

/**
 * Images pass by outside the heap, and V8 collects everything whenever 64 MB of them have: with 720p frames at 30 a second up to 6 times a second,
 * and each time a frame waits 30 ms longer (2 cores, Node 24, November 2026). Counted as one sum with the heap, which is small (25 MB), they
 * may grow to a multiple of what is in use.
 */
function tuneMemory(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  setFlagsFromString('--heap-growing-percent=400');
}

/** SIGTERM and SIGINT, and, under a supervisor, its death: an orphan would keep the port. */
function stopWhenAsked(stop: () => Promise<void>): void {
  let isStopping = false;
  const onStop = () => {
    if (isStopping) return;
    isStopping = true;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onStop);
  // Ctrl-C reaches the whole group of processes; the order of stopping is the supervisor's.
  process.on('SIGINT', () => {
    if (!process.connected) onStop();
  });
  process.on('disconnect', onStop);
}

/** Tells a supervisor that started this process with an IPC channel, and answers when it asks whether this process still moves. */
function announce(service: RunningService): void {
  process.on('message', () => void process.send?.({ kind: 'pong' }, undefined, undefined, () => undefined));
  process.send?.({ kind: 'ready', host: service.host, port: service.port, metricsPort: service.metricsPort });
}

function parseKind(word: string | undefined): ServiceKind {
  if (word !== undefined && Object.hasOwn(programs, word)) return word as ServiceKind;
  throw new Error(`Which service? Usage: node main.ts ${Object.keys(programs).join('|')}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
