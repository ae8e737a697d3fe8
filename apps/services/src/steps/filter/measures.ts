/** How good a photo is, by its brightness alone. */
import type { Pixels } from '../../image/source.ts';
import { histogram, toLuma } from './luma.ts';

export interface QualityMeasures {
  /** Variance of the 4-neighbour Laplacian, grey levels²; small = blurred. Depends on the image's size (Pech-Pacheco et al. 2000). */
  readonly sharpness: number;
  /** Mean brightness, 0 to 255. */
  readonly exposure_mean: number;
  /** Share of pixels at level 2 or below, and at 253 or above, 0 to 1. */
  readonly clipped_dark: number;
  readonly clipped_bright: number;
  /** Standard deviation of the noise, grey levels (Immerkær 1996). */
  readonly noise_sigma: number;
}

/** Images below 3×3 pixels have neither sharpness nor noise: both are 0. */
export function measureQuality(pixels: Pixels): QualityMeasures {
  const luma = toLuma(pixels);
  return { ...measureExposure(luma), ...measureTexture(luma, pixels.width, pixels.height) };
}

function measureExposure(luma: Uint8Array): Pick<QualityMeasures, 'exposure_mean' | 'clipped_dark' | 'clipped_bright'> {
  const counts = histogram(luma);
  const share = (levels: Uint32Array) => levels.reduce((sum, count) => sum + count, 0) / luma.length;
  const exposure_mean = counts.reduce((sum, count, level) => sum + count * level, 0) / luma.length;
  return { exposure_mean, clipped_dark: share(counts.subarray(0, 3)), clipped_bright: share(counts.subarray(253)) };
}

/** Both masks in one pass: Laplacian (0 1 0 / 1 −4 1 / 0 1 0) and Immerkær's (1 −2 1 / −2 4 −2 / 1 −2 1). */
function measureTexture(luma: Uint8Array, width: number, height: number): Pick<QualityMeasures, 'sharpness' | 'noise_sigma'> {
  const inner = (width - 2) * (height - 2);
  if (width < 3 || height < 3) return { sharpness: 0, noise_sigma: 0 };
  let [sum, squares, noise] = [0, 0, 0];
  for (let y = 1; y < height - 1; y++) {
    for (let at = y * width + 1; at < (y + 1) * width - 1; at++) {
      const centre = luma[at] ?? 0;
      const cross = (luma[at - 1] ?? 0) + (luma[at + 1] ?? 0) + (luma[at - width] ?? 0) + (luma[at + width] ?? 0);
      const corners = (luma[at - width - 1] ?? 0) + (luma[at - width + 1] ?? 0) + (luma[at + width - 1] ?? 0) + (luma[at + width + 1] ?? 0);
      const laplacian = cross - 4 * centre;
      sum += laplacian;
      squares += laplacian * laplacian;
      noise += Math.abs(corners - 2 * cross + 4 * centre);
    }
  }
  const mean = sum / inner;
  return { sharpness: squares / inner - mean * mean, noise_sigma: (Math.sqrt(Math.PI / 2) * noise) / (6 * inner) };
}
