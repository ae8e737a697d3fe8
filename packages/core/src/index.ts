export * from './access/permissions.ts';
export * from './errors.ts';
export * from './execution/advance.ts';
export * from './execution/call.ts';
export * from './execution/events.ts';
export * from './execution/progress.ts';
export * from './execution/queue.ts';
export * from './execution/retry.ts';
export * from './execution/runner.ts';
export * from './execution/state.ts';
export { decodeBmp } from './image/bmp.ts';
export { bmpRowBytes, parseBmpHeader } from './image/bmp-header.ts';
export { brokenImage, tooManyBytes, tooManyPixels, unreadableImage, unsupportedImage } from './image/faults.ts';
export { firstFrameOf } from './image/gif.ts';
export { isHarmlessWarning, withoutStrayBytes } from './image/jpeg.ts';
export { type ImageFormat, nameForeign, sniffBytes, sniffFormat } from './image/sniff.ts';
export { refuseUnreadableTiff } from './image/tiff.ts';
export * from './live/check.ts';
export * from './live/frame.ts';
export { type FrameHead, readFrameHead } from './live/frame-size.ts';
export { createFrameQueue, type FrameQueue } from './live/queue.ts';
export {
  type Anchor,
  type AreaCount,
  type AreaCounter,
  type AreaSettings,
  createLineCounter,
  createZoneCounter,
  type Line,
  type Point,
  type Zone,
} from './live/tracking/areas.ts';
export { createTracker, type Tracker, type TrackerSettings } from './live/tracking/tracker.ts';
export * from './performance/performance.ts';
export type * from './performance/report.ts';
export { type AttemptFact, type Rollup, type RunFact, type RunHour, rollUp, type StepHour } from './performance/rollup.ts';
export type { Trend } from './performance/trend.ts';
export * from './pipeline/check.ts';
export * from './pipeline/colours.ts';
export * from './pipeline/component.ts';
export * from './pipeline/data.ts';
export * from './pipeline/definition.ts';
export * from './pipeline/graph.ts';
export * from './pipeline/parameters.ts';
export { parseDefinition } from './pipeline/parse.ts';
export * from './pipeline/plan.ts';
export * from './pipeline/transform.ts';
export { type Balancing, balancings } from './pool/balance.ts';
export type { BreakerState } from './pool/breaker.ts';
export type {
  CallOutcome,
  HealthReport,
  Instance,
  InstanceAddress,
  InstanceOrigin,
  InstanceStatus,
  ServiceDescription,
} from './pool/instance.ts';
export { type Availability, createRegistry, type Lease, type PoolChange, type Registry, serviceOf } from './pool/registry.ts';
export { type InstanceView, type PoolSnapshot, type ServiceView, viewInstance, viewPool } from './pool/view.ts';
export { heartbeatSeconds, type Probe, type Watch, watchInstances } from './pool/watch.ts';
export * from './ports.ts';
export type { Language, LocalizedText } from './text.ts';
