/** What the platform is asked to do: pipelines of every way of running, good images and bad ones. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const samples = join(import.meta.dirname, '../../samples');

export interface Work {
  readonly pipelines: readonly KnownPipeline[];
  /** Accepted. */
  readonly good: readonly Picture[];
  /** Accepted, and then no step can read it. */
  readonly damaged: Picture;
  /** Refused. */
  readonly refused: readonly Picture[];
}

export interface Picture {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface KnownPipeline {
  readonly id: string;
  /** Of one input, when it completes. */
  readonly outputs: number;
  /** For partial re-runs. */
  readonly steps: readonly string[];
}

const resize = { step_id: 'resize', service: 'ResizeService', method: 'Resize', parameters: { target_width: 160, target_height: 160 } };
const filter = (step_id: string, filter_type: string, depends_on: readonly string[]) => ({
  step_id,
  service: 'FilterService',
  method: 'ApplyFilter',
  depends_on,
  parameters: { filter_type },
});
const detect = { step_id: 'detect', service: 'AIDetectionService', method: 'DetectDefects', depends_on: ['resize'] };

/** Made by the test; the platform brings the other ones. */
export const ownPipelines = [
  define('fault-direct', 'direct_grpc', [resize, filter('sharpen', 'sharpen', ['resize'])], {}),
  define('fault-queue', 'kafka_queue', [resize, detect, filter('sharpen', 'sharpen', ['detect'])], {}),
  define('fault-hybrid', 'hybrid', [resize, filter('edges', 'edge', ['resize'])], { rollback_enabled: true }),
  define(
    'fault-branches',
    'direct_grpc',
    [resize, detect, filter('edges', 'edge', ['resize']), filter('annotate', 'annotate', ['detect'])],
    {
      strategy: 'continue',
    },
  ),
];

function define(pipeline_id: string, execution_mode: string, steps: readonly object[], error_handling: object) {
  return { pipeline_id, name: pipeline_id, version: '1.0.0', description: 'Fault test', execution_mode, steps, error_handling };
}

const pipelines: readonly KnownPipeline[] = [
  { id: 'fault-direct', outputs: 1, steps: ['resize', 'sharpen'] },
  { id: 'fault-queue', outputs: 1, steps: ['resize', 'detect', 'sharpen'] },
  { id: 'fault-hybrid', outputs: 1, steps: ['resize', 'edges'] },
  { id: 'fault-branches', outputs: 2, steps: ['resize', 'detect', 'edges', 'annotate'] },
  { id: 'quality-inspection-v1', outputs: 1, steps: ['resize', 'ai_detection', 'quality_filter'] },
];

export async function loadWork(): Promise<Work> {
  const names = Array.from({ length: 6 }, (_, index) => `4000_000${index}.png`);
  const good = await Promise.all(names.map(async (name) => ({ name, bytes: await read(join('defects', name)) })));
  const whole = good[0]?.bytes ?? new Uint8Array();
  return {
    pipelines,
    good: [...good, { name: 'flower.jpg', bytes: await read('photos/flower.jpg') }],
    damaged: { name: 'damaged.png', bytes: damage(whole) },
    refused: [
      { name: 'cut.png', bytes: whole.slice(0, whole.length / 2) },
      { name: 'text.png', bytes: new TextEncoder().encode('This is no image at all.') },
    ],
  };
}

async function read(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(join(samples, name)));
}

/** Head and tail are right, so that it looks whole; the pixels between do not decompress. */
function damage(whole: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = whole.slice();
  const middle = Math.floor(bytes.length / 2);
  for (let at = middle; at < middle + 200; at++) bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  return bytes;
}
