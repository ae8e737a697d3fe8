/**
 * Where an object's box will be: a Kalman filter with constant velocity over centre, aspect ratio and height, with the noise of DeepSORT
 * (Wojke, Bewley, Paulus 2017, arXiv:1703.07402), which ByteTrack took over. All its matrices are diagonal in these four, so it is four
 * filters of a value and its velocity. Time counts in frames of 1/30 s, so that dropped frames are longer steps.
 */
import type { Box } from '../../pipeline/data.ts';

interface Estimate {
  readonly value: number;
  /** Per frame. */
  readonly velocity: number;
  readonly valueVariance: number;
  readonly covariance: number;
  readonly velocityVariance: number;
}

/** Centre x and y, aspect ratio (width / height), height. */
type Four<T> = readonly [x: T, y: T, aspect: T, height: T];

export interface BoxMotion {
  readonly estimates: Four<Estimate>;
}

/** Standard deviations as shares of the box's height. */
const positionShare = 1 / 20;
const velocityShare = 1 / 160;
/** Of the aspect ratio, which has no unit. */
const aspect = { measured: 1e-1, process: 1e-2, velocity: 1e-5 };

export function startMotion(box: Box): BoxMotion {
  const measured = toMeasurement(box);
  const height = measured[3];
  const start = (value: number, isAspect: boolean): Estimate => ({
    value,
    velocity: 0,
    valueVariance: (isAspect ? aspect.process : 2 * positionShare * height) ** 2,
    covariance: 0,
    velocityVariance: (isAspect ? aspect.velocity : 10 * velocityShare * height) ** 2,
  });
  return { estimates: mapFour(measured, (value, isAspect) => start(value, isAspect)) };
}

/** `frames` of 1/30 s later; not whole, never negative. */
export function predictMotion({ estimates }: BoxMotion, frames: number): BoxMotion {
  const height = estimates[3].value;
  return { estimates: mapFour(estimates, (estimate, isAspect) => predict(estimate, frames, isAspect, height)) };
}

export function correctMotion({ estimates }: BoxMotion, box: Box): BoxMotion {
  const measured = toMeasurement(box);
  const height = estimates[3].value;
  const [x, y, ratio, tall] = estimates;
  return {
    estimates: [
      correct(x, measured[0], positionShare * height),
      correct(y, measured[1], positionShare * height),
      correct(ratio, measured[2], aspect.measured),
      correct(tall, measured[3], positionShare * height),
    ],
  };
}

export function boxOf({ estimates }: BoxMotion): Box {
  const [x, y, ratio, tall] = estimates;
  const height = Math.max(tall.value, 0);
  const width = Math.max(ratio.value * height, 0);
  return { x: x.value - width / 2, y: y.value - height / 2, width, height };
}

function predict(before: Estimate, frames: number, isAspect: boolean, height: number): Estimate {
  const { value, velocity, valueVariance, covariance, velocityVariance } = before;
  const valueNoise = (isAspect ? aspect.process : positionShare * height) ** 2 * frames;
  const velocityNoise = (isAspect ? aspect.velocity : velocityShare * height) ** 2 * frames;
  return {
    value: value + frames * velocity,
    velocity,
    valueVariance: valueVariance + 2 * frames * covariance + frames * frames * velocityVariance + valueNoise,
    covariance: covariance + frames * velocityVariance,
    velocityVariance: velocityVariance + velocityNoise,
  };
}

function correct(before: Estimate, measured: number, deviation: number): Estimate {
  const { value, velocity, valueVariance, covariance, velocityVariance } = before;
  const total = valueVariance + deviation ** 2;
  const [gain, velocityGain] = [valueVariance / total, covariance / total];
  const surprise = measured - value;
  return {
    value: value + gain * surprise,
    velocity: velocity + velocityGain * surprise,
    valueVariance: (1 - gain) * valueVariance,
    covariance: (1 - gain) * covariance,
    velocityVariance: velocityVariance - velocityGain * covariance,
  };
}

function toMeasurement({ x, y, width, height }: Box): Four<number> {
  return [x + width / 2, y + height / 2, height > 0 ? width / height : 1, height];
}

function mapFour<A, B>([x, y, ratio, tall]: Four<A>, map: (value: A, isAspect: boolean) => B): Four<B> {
  return [map(x, false), map(y, false), map(ratio, true), map(tall, false)];
}
