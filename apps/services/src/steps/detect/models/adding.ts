/** A model on its way into the folder: written beside the others under a hidden name, checked there, moved into place as the last act. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '@imageflow/core';
import { errorText, modelInvalid } from './faults.ts';

export interface Addition {
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Class names for a file that holds none; undefined: none given. */
  readonly classNames: readonly string[] | undefined;
  readonly license: string | undefined;
  readonly signal: AbortSignal;
}

/** Hidden, so that nobody takes a half-written file for a model. */
export const addingPrefix = '.adding-';

/** `inspect` gets the path without ".onnx" and throws when the model cannot be used. Nothing is left behind after a failure. */
export async function addModelFile(addition: Addition, folder: string, inspect: (stem: string) => Promise<unknown>): Promise<void> {
  const stem = join(folder, `${addingPrefix}${randomUUID()}`);
  const settings = { names: addition.classNames, license: addition.license };
  const hasSettings = settings.names !== undefined || settings.license !== undefined;
  try {
    await pipeline(Readable.from(addition.bytes, { objectMode: false }), createWriteStream(`${stem}.onnx`), { signal: addition.signal });
    if (hasSettings) await writeFile(`${stem}.json`, JSON.stringify(settings)).catch(cannotWrite);
    await inspect(stem).catch((cause: unknown) => {
      throw cause instanceof AppError ? cause : modelInvalid(addition.name, errorText(cause), cause);
    });
    // The settings first: the model is complete the moment it appears.
    for (const ending of hasSettings ? ['.json', '.onnx'] : ['.onnx']) {
      await rename(`${stem}${ending}`, join(folder, `${addition.name}${ending}`)).catch(cannotWrite);
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    addition.signal.throwIfAborted();
    return cannotWrite(error);
  } finally {
    for (const ending of ['.onnx', '.json']) await rm(`${stem}${ending}`, { force: true });
  }
}

export function cannotWrite(cause: unknown): never {
  throw new AppError('STORE_UNAVAILABLE', {
    detail: { ja: 'モデルのフォルダーに書き込めません', en: 'The folder of models cannot be written' },
    cause,
  });
}
