/** What the streams of this backend have kept, and how they are. */
import type { StreamState } from '@imageflow/contract';
import { Counter, Gauge } from 'prom-client';
import type { Metrics } from '../../runtime/metrics.ts';
import type { ArchiveCounts } from './archive.ts';
import type { Clipper } from './clip/clipper.ts';

export interface StreamsFigures {
  readonly states: readonly StreamState[];
  readonly archive: Readonly<ArchiveCounts>;
  readonly clips: Clipper['counts'];
}

export function measureStreams({ registry }: Metrics, read: () => StreamsFigures): void {
  new Gauge({
    name: 'imageflow_streams',
    help: 'Streams that this backend runs, by state',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      this.reset();
      for (const state of read().states) this.inc({ state });
    },
  });
  count(
    'imageflow_stream_archive_frames_total',
    'Frames that a rule named: kept, failed (the store did not take them), dropped (too many waited)',
    'archive',
  );
  count('imageflow_stream_clips_total', 'Clips: made, failed, dropped (too many waited)', 'clips');

  function count(name: string, help: string, what: 'archive' | 'clips'): void {
    new Counter({
      name,
      help,
      labelNames: ['outcome'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [outcome, value] of Object.entries(read()[what])) this.inc({ outcome }, value);
      },
    });
  }
}
