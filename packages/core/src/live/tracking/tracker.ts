/**
 * Keeps an object's number over the frames of a stream: ByteTrack (Zhang et al. 2022, arXiv:2110.06864). Sure detections are matched first,
 * then the unsure ones with what is left: an object that is half hidden keeps its track instead of losing it.
 * States of a track: tentative (seen once) → confirmed (seen twice, has a number) → lost (not seen; matched again, or forgotten in time).
 */
import type { Box, Detection } from '../../pipeline/data.ts';
import { assign } from './assign.ts';
import { type BoxMotion, boxOf, correctMotion, predictMotion, startMotion } from './kalman.ts';

export interface TrackerSettings {
  /** Detections from here on are sure: they start tracks. */
  readonly high: number;
  /** Below it a detection is left alone; between both it only continues tracks. */
  readonly low: number;
  /** Overlap (IoU) of a sure detection with where its track should be. */
  readonly minOverlap: number;
  /** How long an object may be out of sight. */
  readonly lostMs: number;
  /** Whether an object may change its class. */
  readonly acrossClasses: boolean;
}

export interface Tracker {
  /** The same detections in the same order, those of confirmed tracks with their `track_id`. Boxes are those of the upright original. */
  update(detections: readonly Detection[], atMs: number): readonly Detection[];
}

interface Track {
  /** 0 while tentative. */
  id: number;
  className: string;
  motion: BoxMotion;
  seenAt: number;
}

/** Of the paper: unsure detections, and tentative tracks, have to fit better. */
const unsureOverlap = 0.5;
const tentativeOverlap = 0.3;
const frameMs = 1000 / 30;

export function createTracker(settings: TrackerSettings): Tracker {
  let tracks: Track[] = [];
  let lastAt: number | undefined;
  let lastId = 0;

  function follow(track: Track, detection: Detection, atMs: number): number {
    if (track.id === 0) track.id = ++lastId;
    track.motion = correctMotion(track.motion, detection.bbox_original);
    track.className = detection.class_name;
    track.seenAt = atMs;
    return track.id;
  }

  function start(detection: Detection, atMs: number, isFirstFrame: boolean): number {
    const track = { id: 0, className: detection.class_name, motion: startMotion(detection.bbox_original), seenAt: atMs };
    // What is there when the stream begins has no frame before to be seen in.
    if (isFirstFrame) track.id = ++lastId;
    tracks.push(track);
    return track.id;
  }

  return {
    update(detections, atMs) {
      const isFirstFrame = lastAt === undefined;
      const frames = Math.max(0, atMs - (lastAt ?? atMs)) / frameMs;
      lastAt = atMs;
      for (const track of tracks) track.motion = predictMotion(track.motion, frames);
      const ids = new Map<Detection, number>();
      const match = (candidates: readonly Track[], found: readonly Detection[], minOverlap: number): void => {
        for (const [track, detection] of pair(candidates, found, minOverlap, settings.acrossClasses)) {
          ids.set(detection, follow(track, detection, atMs));
        }
      };
      const sure = detections.filter(({ confidence }) => confidence >= settings.high);
      const unsure = detections.filter(({ confidence }) => confidence >= settings.low && confidence < settings.high);
      const isFree = (detection: Detection) => !ids.has(detection);
      const isUnseen = (track: Track) => track.seenAt < atMs;
      const [confirmed, tentative] = [tracks.filter(({ id }) => id > 0), tracks.filter(({ id }) => id === 0)];
      const wasInSight = confirmed.filter((track) => isInSight(track, atMs, frames));
      match(confirmed, sure, settings.minOverlap);
      match(wasInSight.filter(isUnseen), unsure, unsureOverlap);
      match(tentative, sure.filter(isFree), tentativeOverlap);
      tracks = tracks.filter((track) => !isUnseen(track) || (track.id > 0 && atMs - track.seenAt <= settings.lostMs));
      for (const detection of sure.filter(isFree)) ids.set(detection, start(detection, atMs, isFirstFrame));
      return detections.map((detection) => withId(detection, ids.get(detection) ?? 0));
    },
  };
}

/** Seen in the frame before: an unsure detection is no reason to find a track again that was lost. */
function isInSight(track: Track, atMs: number, frames: number): boolean {
  return atMs - track.seenAt <= frames * frameMs + 1;
}

function pair(
  tracks: readonly Track[],
  detections: readonly Detection[],
  minOverlap: number,
  acrossClasses: boolean,
): readonly (readonly [Track, Detection])[] {
  if (tracks.length === 0 || detections.length === 0) return [];
  const costs = tracks.map((track) => {
    const expected = boxOf(track.motion);
    return detections.map((detection) =>
      acrossClasses || detection.class_name === track.className ? 1 - overlap(expected, detection.bbox_original) : Number.POSITIVE_INFINITY,
    );
  });
  const columns = assign(costs, 1 - minOverlap);
  return tracks.flatMap((track, row) => {
    const detection = detections[columns[row] ?? -1];
    return detection === undefined ? [] : [[track, detection] as const];
  });
}

/** Intersection over union. */
function overlap(one: Box, other: Box): number {
  const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
  const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
  if (width <= 0 || height <= 0) return 0;
  const common = width * height;
  return common / (one.width * one.height + other.width * other.height - common);
}

function withId(detection: Detection, id: number): Detection {
  const { track_id: _old, ...rest } = detection;
  return id === 0 ? rest : { ...rest, track_id: id };
}
