/** A component whose calls end when the test says so: for turns, deadlines and drain. */
import { identityTransform } from '@imageflow/core';
import type { ServiceComponent } from '../scaffold/component.ts';
import type { OpenProgram } from '../scaffold/program.ts';

export interface HeldProgram {
  readonly open: OpenProgram;
  /** Signals of the calls inside, oldest first. */
  readonly inside: readonly AbortSignal[];
  /** Resolves when that many calls have been inside. */
  entered(count: number): Promise<void>;
  releaseAll(): void;
}

export function createHeldProgram(): HeldProgram {
  const inside: AbortSignal[] = [];
  const watchers: { count: number; tell: () => void }[] = [];
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const component: ServiceComponent = {
    description: {
      method: 'Hold',
      label: { ja: '待つ', en: 'Hold' },
      description: { ja: '', en: '' },
      parameters_schema: { type: 'object' },
      produces_image: false,
      produces_detections: false,
      consumes_detections: false,
      streamable: false,
      category: 'other',
    },
    async run(input, signal) {
      inside.push(signal);
      for (const watcher of watchers) if (inside.length >= watcher.count) watcher.tell();
      await released;
      const transform = identityTransform(1, 1);
      return { image: undefined, detections: input.detections, transform, measures: {}, model: undefined, attributes: {} };
    },
  };
  return {
    inside,
    entered: (count) =>
      new Promise((resolve) => {
        if (inside.length >= count) resolve();
        else watchers.push({ count, tell: resolve });
      }),
    releaseAll: () => release(),
    open: async () => ({
      serviceName: 'HeldService',
      version: '1.0.0',
      components: new Map([['Hold', component]]),
      addTypedRpcs() {},
      async close() {},
    }),
  };
}
