/** Errors of the framework, converted once into those of the catalogue. */
import { AppError, type ErrorCode, type LocalizedText } from '@imageflow/core';

type Conversion = readonly [ErrorCode, LocalizedText?];

const conversions: Readonly<Record<string, Conversion>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [
    'TOO_LARGE',
    { ja: '本文が上限を超えています。小さくして送り直してください', en: 'The body is over the limit. Send a smaller one' },
  ],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'UNSUPPORTED_MEDIA',
    {
      ja: 'この Content-Type は受け付けられません。API リファレンスの形式で送ってください',
      en: 'This Content-Type is not accepted here. Use the one in the API reference',
    },
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'MALFORMED_BODY',
    { ja: '本文の長さが Content-Length と一致しません', en: 'The body is not as long as its Content-Length says' },
  ],
  FST_ERR_CTP_INVALID_JSON_BODY: ['MALFORMED_BODY', { ja: '本文が正しい JSON ではありません', en: 'The body is not valid JSON' }],
  FST_ERR_BAD_URL: ['VALIDATION_ERROR', { ja: 'アドレスの書き方が正しくありません', en: 'The address is not well-formed' }],
  FST_ERR_MAX_PARAM_LENGTH: ['NOT_FOUND', { ja: 'アドレスの一部が長すぎます', en: 'A part of the address is too long' }],
  FST_INVALID_MULTIPART_CONTENT_TYPE: [
    'UNSUPPORTED_MEDIA',
    { ja: 'multipart/form-data で送ってください', en: 'Send this as multipart/form-data' },
  ],
  FST_PARTS_LIMIT: ['TOO_LARGE', { ja: 'フォームの項目が多すぎます', en: 'The form has too many parts' }],
  FST_FILES_LIMIT: ['TOO_LARGE', { ja: 'ファイルの数が上限を超えています', en: 'There are more files than allowed' }],
  FST_FIELDS_LIMIT: ['TOO_LARGE', { ja: 'フォームの項目が多すぎます', en: 'The form has too many fields' }],
  FST_REQ_FILE_TOO_LARGE: ['TOO_LARGE', { ja: 'ファイルが大きすぎます', en: 'A file is too large' }],
  FST_PROTO_VIOLATION: ['MALFORMED_BODY', { ja: '使えない項目名があります', en: 'The form has a field name that is not allowed' }],
  FST_ERR_REQ_ABORTED: ['CANCELLED', { ja: '接続が切れました', en: 'The client went away' }],
};

/** Any thrown value as a catalogue error; what is not known becomes INTERNAL, with the original as `cause`. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  const known = conversions[code] ?? ofAbortedRequest(error) ?? byDatabaseState(code) ?? byStatus(error) ?? ofFormParser(error);
  if (known === undefined) return new AppError('INTERNAL', { cause: error });
  const [catalogueCode, detail] = known;
  return new AppError(catalogueCode, { ...(detail && { detail }), cause: error });
}

/** Node gives a request whose client went away the code of any lost connection; only its text tells. */
function ofAbortedRequest(error: unknown): Conversion | undefined {
  return codeOf(error) === 'ECONNRESET' && error instanceof Error && error.message === 'aborted'
    ? conversions.FST_ERR_REQ_ABORTED
    : undefined;
}

/** SQLSTATEs (PostgreSQL's appendix A) that are not faults of this program. */
function byDatabaseState(code: string): Conversion | undefined {
  // Connection lost or refused, server stopping, no room for another connection.
  if (/^(08[0-9A-Z]{3}|57P0\d|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/.test(code)) return ['DATABASE_UNAVAILABLE'];
  if (code === '53100') return ['STORE_FULL'];
  if (code === '22021' || code === '22P05') {
    return [
      'VALIDATION_ERROR',
      { ja: '文字列に使えない文字（NUL など）があります', en: 'A text holds a character that cannot be stored, such as NUL' },
    ];
  }
  return undefined;
}

/** The parsers of JSON and of forms throw plain errors that carry only a status. */
function byStatus(error: unknown): Conversion | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  if (error.statusCode === 400)
    return ['MALFORMED_BODY', { ja: '本文を読み取れません。形式を確かめてください', en: 'The body cannot be read. Check its format' }];
  if (error.statusCode === 413) return conversions.FST_ERR_CTP_BODY_TOO_LARGE;
  if (error.statusCode === 415) return conversions.FST_ERR_CTP_INVALID_MEDIA_TYPE;
  return undefined;
}

/** The parser of forms has neither codes nor a class of its own. */
function ofFormParser(error: unknown): Conversion | undefined {
  if (!(error instanceof Error) || !/unexpected end of multipart data$|^Multipart: |^Malformed part header/i.test(error.message))
    return undefined;
  return [
    'MALFORMED_BODY',
    { ja: 'フォームが途中で終わっているか、壊れています。送り直してください', en: 'The form ends early or is damaged. Send it again' },
  ];
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
