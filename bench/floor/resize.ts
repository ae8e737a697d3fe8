/** sharp's own way from a JPEG file to a smaller JPEG, in one expression; the same encoder settings as the service. */
import sharp from 'sharp';

export function openResizer(): (path: string) => Promise<Uint8Array> {
  sharp.cache(false);
  sharp.concurrency(1);
  return (path) => sharp(path, { autoOrient: true }).resize(640).jpeg({ quality: 90, optimiseCoding: false }).toBuffer();
}
