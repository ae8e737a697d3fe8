/** `--out`: the answered pictures as a video. */
import { openWriter, type Written } from '@imageflow/adapters/video';
import type { CameraAnswer } from '@imageflow/client';
import sharp from 'sharp';
import { Stop } from '../exit.ts';
import { annotateFrame } from '../run/annotate.ts';

export interface Clip {
  add(answer: CameraAnswer): void;
  /** @throws Stop when there is no video */
  close(): Promise<Written>;
}

/** Pictures that wait to be drawn on; on a machine that is too slow the video has fewer of them. */
const maxWaiting = 4;

export async function openClip(file: string, fps: number, ffmpeg: string): Promise<Clip> {
  const writer = await openWriter(file, { ffmpeg, fps });
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  return {
    add(answer) {
      if (answer.message.error !== undefined || waiting >= maxWaiting) return;
      waiting += 1;
      last = last.then(async () => {
        // What cannot be drawn, or is no image, is left out.
        const picture = await toPicture(answer).catch(() => undefined);
        if (picture !== undefined) writer.add(picture, answer.message.timestamp_ms);
        waiting -= 1;
      });
    },
    async close() {
      await last;
      const written = await writer.close();
      if (written.fault === undefined) return written;
      throw new Stop('failed', `${file} を書き込めません: ${written.fault}`, `${file} could not be written: ${written.fault}`);
    },
  };
}

/** A JPEG: the image that the pipeline makes, else the frame with what was found in it. */
async function toPicture({ message, image, frame }: CameraAnswer): Promise<Uint8Array> {
  if (image === undefined || image.length === 0) return message.detections.length === 0 ? frame : annotateFrame(frame, message.detections);
  return message.content_type === 'image/jpeg' ? image : sharp(image).jpeg({ quality: 90 }).toBuffer();
}
