// Generated from packages/grpc/proto; do not edit.
// @ts-nocheck

import type { Long } from '@grpc/proto-loader';

/**
 * A line or a zone over the video, and what has happened there since the stream began.
 */
export interface CountedArea {
  'step_id'?: (string);
  'name'?: (string);
  /**
   * Crossings of a line, by direction; objects that came into a zone and left it.
   */
  'entered'?: (number | string | Long);
  'left'?: (number | string | Long);
  /**
   * Inside a zone now.
   */
  'inside'?: (number);
  /**
   * Time that objects stayed inside a zone, ms: the mean, and the longest, those inside now included.
   */
  'mean_dwell_ms'?: (number | string);
  'max_dwell_ms'?: (number | string);
  /**
   * `entered`, by class.
   */
  'entered_by_class'?: ({[key: string]: number | string | Long});
}

/**
 * A line or a zone over the video, and what has happened there since the stream began.
 */
export interface CountedArea__Output {
  'step_id': (string);
  'name': (string);
  /**
   * Crossings of a line, by direction; objects that came into a zone and left it.
   */
  'entered': (number);
  'left': (number);
  /**
   * Inside a zone now.
   */
  'inside': (number);
  /**
   * Time that objects stayed inside a zone, ms: the mean, and the longest, those inside now included.
   */
  'mean_dwell_ms': (number);
  'max_dwell_ms': (number);
  /**
   * `entered`, by class.
   */
  'entered_by_class': ({[key: string]: number});
}
