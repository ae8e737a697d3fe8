/** The components that need a stream: they know what was in the frames before. */
import {
  AppError,
  type AreaCounter,
  type AreaSettings,
  type Catalogue,
  type Component,
  createLineCounter,
  createTracker,
  createZoneCounter,
  type JsonSchema,
  type Tracker,
} from '@imageflow/core';
import { labelled } from '@imageflow/schema';
import { z } from 'zod';
import type { ComponentDescription, ServiceComponent } from '../../scaffold/component.ts';

export const ownService = 'CameraStreamService';

/** What a step of a stream keeps between frames. */
export type StreamStep =
  | { readonly kind: 'tracker'; readonly tracker: Tracker }
  | { readonly kind: 'counters'; readonly counters: readonly AreaCounter[] };

interface StreamComponent {
  readonly description: ComponentDescription;
  /** `parameters` are checked, defaults filled in. */
  create(parameters: unknown): StreamStep;
}

const lostSeconds = z
  .number()
  .min(0.1)
  .max(60)
  .default(1)
  .meta(
    labelled(
      { en: 'Seconds out of sight', ja: '見失ってよい秒数' },
      { en: 'An object that is not seen for longer has gone', ja: 'これより長く見えない物体は、いなくなったとみなします' },
      { unit: 's' },
    ),
  );

const share = (fallback: number) => z.number().min(0).max(1).default(fallback);

const trackShape = z.strictObject({
  high_confidence: share(0.5).meta(
    labelled(
      { en: 'Sure from', ja: '確実とみなす信頼度' },
      { en: 'Detections from here on start a track', ja: 'これ以上の検出は新しい追跡を始めます' },
    ),
  ),
  low_confidence: share(0.1).meta(
    labelled(
      { en: 'Unsure from', ja: '追跡を続ける信頼度' },
      {
        en: 'Detections from here on continue a track. The detection step must let them through',
        ja: 'これ以上の検出は既存の追跡を続けます。検出ステップのしきい値も、これ以下にしてください',
      },
    ),
  ),
  min_overlap: share(0.2).meta(
    labelled(
      { en: 'Overlap (IoU)', ja: '重なり (IoU)' },
      { en: 'Of a detection with where the object should be', ja: '予測した位置と検出枠の重なりの下限' },
    ),
  ),
  lost_seconds: lostSeconds,
  across_classes: z
    .boolean()
    .default(false)
    .meta(
      labelled(
        { en: 'Class may change', ja: 'クラスの変化を許す' },
        { en: 'An object stays the same when its class changes', ja: 'クラスが変わっても同じ物体とみなします' },
      ),
    ),
});

const point = z.array(z.number().min(-100_000).max(100_000)).length(2);
const name = z.string().min(1).max(100);
const counting = {
  anchor: z
    .enum(['center', 'bottom'])
    .default('center')
    .meta(
      labelled(
        { en: 'Point that counts', ja: '判定する点' },
        { en: 'Middle of the box, or of its lower edge', ja: '枠の中心、または下辺の中央' },
        {
          choices: [
            { en: 'Middle', ja: '中心' },
            { en: 'Middle of the lower edge', ja: '下辺の中央' },
          ],
        },
      ),
    ),
  classes: z
    .array(z.string().min(1).max(200))
    .max(100)
    .optional()
    .meta(labelled({ en: 'Classes', ja: '対象クラス' }, { en: 'Absent: all', ja: '省略するとすべて' })),
  lost_seconds: lostSeconds,
};

const linesShape = z.strictObject({
  lines: z
    .array(z.strictObject({ name, from: point, to: point }))
    .min(1)
    .max(50)
    .meta(
      labelled(
        { en: 'Lines', ja: 'ライン' },
        {
          en: '[x, y] in pixels of the original frame. Crossings from left to right, looking from "from" to "to", count as entered',
          ja: '元フレームのピクセル座標 [x, y]。from から to を見て左から右への通過を entered と数えます',
        },
      ),
    ),
  ...counting,
});

const zonesShape = z.strictObject({
  zones: z
    .array(z.strictObject({ name, points: z.array(point).min(3).max(100) }))
    .min(1)
    .max(50)
    .meta(
      labelled(
        { en: 'Zones', ja: 'ゾーン' },
        { en: 'Corners [x, y] in pixels of the original frame, in order', ja: '元フレームのピクセル座標 [x, y] の頂点を順に並べます' },
      ),
    ),
  ...counting,
});

export const streamComponents: ReadonlyMap<string, StreamComponent> = new Map([
  [
    'Track',
    {
      description: describe('Track', trackShape, {
        label: { ja: '追跡', en: 'Track' },
        description: {
          ja: '検出された物体に、映像の間ずっと同じ番号 (track_id) を付けます (ByteTrack)。映像専用です。',
          en: 'Gives each detected object a number (track_id) that stays the same over all frames (ByteTrack). For live video only.',
        },
      }),
      create: (parameters) => ({ kind: 'tracker', tracker: createTrackerOf(trackShape.parse(parameters)) }),
    },
  ],
  [
    'CountLines',
    {
      description: describe('CountLines', linesShape, {
        label: { ja: 'ライン通過を数える', en: 'Count line crossings' },
        description: {
          ja: '追跡中の物体がラインを越えた回数を、方向とクラスごとに数えます。追跡 (Track) の後に置きます。映像専用です。',
          en: 'Counts tracked objects that cross lines, by direction and class. Put it after Track. For live video only.',
        },
      }),
      create(parameters) {
        const { lines, ...rest } = linesShape.parse(parameters);
        const settings = toSettings(rest);
        return {
          kind: 'counters',
          counters: lines.map((line) => createLineCounter({ name: line.name, from: toPoint(line.from), to: toPoint(line.to) }, settings)),
        };
      },
    },
  ],
  [
    'CountZones',
    {
      description: describe('CountZones', zonesShape, {
        label: { ja: 'ゾーン内を数える', en: 'Count in zones' },
        description: {
          ja: 'ゾーンに入った・出た・今いる物体の数と滞在時間を求めます。追跡 (Track) の後に置きます。映像専用です。',
          en: 'Counts tracked objects that come into zones, leave and are inside, and how long they stay. Put it after Track. For live video only.',
        },
      }),
      create(parameters) {
        const { zones, ...rest } = zonesShape.parse(parameters);
        const settings = toSettings(rest);
        return {
          kind: 'counters',
          counters: zones.map((zone) => createZoneCounter({ name: zone.name, points: zone.points.map(toPoint) }, settings)),
        };
      },
    },
  ],
]);

/** As the pool would describe them. */
export const ownCatalogue: Catalogue = new Map(
  [...streamComponents.values()].map(({ description }): [string, Component] => {
    const id = `${ownService}.${description.method}`;
    return [id, { ...description, component_id: id, service: ownService, default_timeout_ms: 10_000, default_retry_count: 0 }];
  }),
);

/** For ProcessorService: they are described there, and refuse single images. */
export const describedComponents: ReadonlyMap<string, ServiceComponent> = new Map(
  [...streamComponents].map(([method, { description }]) => [method, { description, run: () => Promise.reject(needsStream(method)) }]),
);

function describe(method: string, shape: z.ZodType, texts: Pick<ComponentDescription, 'label' | 'description'>): ComponentDescription {
  const parameters_schema: JsonSchema = z.toJSONSchema(shape, { io: 'input' });
  return {
    method,
    ...texts,
    parameters_schema,
    produces_image: false,
    produces_detections: false,
    consumes_detections: true,
    streamable: true,
    needs_stream: true,
    category: 'detection',
  };
}

function createTrackerOf(parameters: z.output<typeof trackShape>): Tracker {
  return createTracker({
    high: parameters.high_confidence,
    low: parameters.low_confidence,
    minOverlap: parameters.min_overlap,
    lostMs: parameters.lost_seconds * 1000,
    acrossClasses: parameters.across_classes,
  });
}

function toSettings({
  anchor,
  classes,
  lost_seconds,
}: Pick<z.output<typeof linesShape>, 'anchor' | 'classes' | 'lost_seconds'>): AreaSettings {
  return { anchor, classes: classes === undefined ? undefined : new Set(classes), lostMs: lost_seconds * 1000 };
}

function toPoint([x = 0, y = 0]: readonly number[]): { x: number; y: number } {
  return { x, y };
}

function needsStream(method: string): AppError {
  return new AppError('UNPROCESSABLE', {
    detail: {
      ja: `${ownService}.${method} は映像専用です。ストリームでこのパイプラインを使ってください`,
      en: `${ownService}.${method} needs a stream: run this pipeline on live video`,
    },
  });
}
