/**
 * Reads a form with images. Whatever goes wrong, nothing of the request stays in the store and the client gets its answer: the rest of
 * its body is read and thrown away for a while, since a client that is still sending would not look at an answer.
 */
import type { MultipartFile } from '@fastify/multipart';
import { AppError, type Clock } from '@imageflow/core';
import type { FastifyRequest } from 'fastify';
import { drainBody, toFormError } from '../../doors/multipart.ts';
import type { FileRow } from './files.queries.ts';
import type { FilesService } from './files.service.ts';
import { isEmptyFile } from './receive.ts';

export interface FormNeeds {
  readonly files: Pick<FilesService, 'receive' | 'discard'>;
  readonly clock: Clock;
  readonly limits: { readonly maxFileBytes: number; readonly maxFiles: number };
}

export interface UploadForm {
  /** The last one counts when a name comes twice. */
  readonly fields: ReadonlyMap<string, string>;
  /** Received, in the order in which they came; they have to be recorded or discarded. */
  readonly files: readonly FileRow[];
}

/** @throws AppError MALFORMED_BODY, TOO_LARGE, and those of `receive` with the file's name and place. */
export async function readUploadForm(
  request: FastifyRequest,
  needs: FormNeeds,
  callerId: string | null,
  signal: AbortSignal,
): Promise<UploadForm> {
  const files: FileRow[] = [];
  try {
    refuseEarly(request, needs.limits);
    const fields = await readParts(request, needs, files, callerId, signal);
    return { fields, files };
  } catch (error) {
    drainBody(request.raw, needs.clock);
    await needs.files.discard(files);
    throw toFormError(error, needs.limits.maxFiles);
  }
}

async function readParts(
  request: FastifyRequest,
  needs: FormNeeds,
  files: FileRow[],
  callerId: string | null,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const fields = new Map<string, string>();
  // One more byte than allowed shows that a file is over the limit, by its name.
  for await (const part of request.parts({ limits: { fileSize: needs.limits.maxFileBytes + 1 } })) {
    if (part.type === 'field') {
      if (part.valueTruncated) throw fieldTooLarge(part.fieldname);
      fields.set(part.fieldname, typeof part.value === 'string' ? part.value : JSON.stringify(part.value));
    } else {
      const file = await receivePart(part, needs, callerId, signal, files.length);
      if (file !== undefined) files.push(file);
    }
  }
  return fields;
}

/** Undefined for a file field that nobody filled in: browsers send it as an empty file without a name. */
async function receivePart(
  part: MultipartFile,
  needs: FormNeeds,
  callerId: string | null,
  signal: AbortSignal,
  index: number,
): Promise<FileRow | undefined> {
  const filename = part.filename ?? '';
  try {
    return await needs.files.receive(part.file, filename, callerId, signal);
  } catch (error) {
    if (filename === '' && isEmptyFile(error)) return undefined;
    throw aboutFile(error, part.fieldname, index, filename);
  }
}

/** The sizes of all files together tell already that one is too large. */
function refuseEarly(request: FastifyRequest, { maxFileBytes, maxFiles }: FormNeeds['limits']): void {
  const announced = Number(request.headers['content-length'] ?? 0);
  const most = maxFileBytes * maxFiles + 1_000_000;
  if (announced <= most) return;
  throw new AppError('TOO_LARGE', {
    detail: {
      ja: `リクエストは ${announced} バイトで、${maxFiles} ファイル × ${maxFileBytes} バイトの上限を超えています`,
      en: `The request has ${announced} bytes, more than ${maxFiles} files of ${maxFileBytes} bytes`,
    },
    extensions: { size_bytes: announced, max_bytes: maxFileBytes, max_files: maxFiles },
  });
}

function aboutFile(error: unknown, field: string, index: number, filename: string): unknown {
  if (!(error instanceof AppError) || error.status >= 500 || error.code === 'CANCELLED') return error;
  const { detail } = error;
  return new AppError(error.code, {
    detail: { ja: `「${filename}」: ${detail.ja}`, en: `${filename}: ${detail.en}` },
    faults: [{ field: `${field}[${index}]`, message: detail, value: filename.slice(0, 200) }],
    extensions: error.extensions,
    cause: error.cause,
  });
}

function fieldTooLarge(field: string): AppError {
  return new AppError('TOO_LARGE', {
    detail: { ja: `フォームの項目 ${field} が長すぎます`, en: `The form field ${field} is too long` },
    faults: [{ field, message: { ja: '長すぎます', en: 'Too long' } }],
  });
}
