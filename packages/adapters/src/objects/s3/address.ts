/** The address of an S3 store: "s3://bucket?endpoint=http://127.0.0.1:9000&region=us-east-1&downloads=https://images.example". */
import { AppError } from '@imageflow/core';

export interface S3Address {
  readonly bucket: string;
  /** Absent: AWS's own. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** How clients reach the store; absent: they do not. */
  readonly downloads: string | undefined;
  /** Absent: where the AWS tools find them (environment, files, the machine's role). */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

/**
 * Keys may stand in front of the bucket ("s3://key:secret@bucket"), %-encoded; better leave them to the environment.
 * @throws AppError VALIDATION_ERROR, without the keys
 */
export function parseS3Address(text: string): S3Address {
  const url = URL.parse(text);
  const endpoint = url?.searchParams.get('endpoint') ?? undefined;
  const downloads = url?.searchParams.get('downloads') ?? undefined;
  const isValid = url?.protocol === 's3:' && /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname) && isHttp(endpoint);
  if (url === null || !isValid) throw invalid();
  if (!isOrigin(downloads)) throw invalidDownloads();
  const { username, password, hostname: bucket, searchParams } = url;
  const credentials =
    username === '' ? undefined : { accessKeyId: decodeURIComponent(username), secretAccessKey: decodeURIComponent(password) };
  return { bucket, endpoint, region: searchParams.get('region') ?? 'us-east-1', downloads, credentials };
}

function isHttp(endpoint: string | undefined): boolean {
  return endpoint === undefined || ['http:', 'https:'].includes(URL.parse(endpoint)?.protocol ?? '');
}

/** A path before the bucket's name would not be in what is signed. */
function isOrigin(text: string | undefined): boolean {
  if (text === undefined) return true;
  const url = URL.parse(text);
  return isHttp(text) && url?.pathname === '/' && url.search === '' && url.username === '';
}

function invalidDownloads(): AppError {
  return new AppError('VALIDATION_ERROR', {
    detail: {
      ja: 'S3 のアドレスの downloads は、クライアントから見た https://<ホスト> の形で指定してください（パスなし）',
      en: 'Give downloads in the address of S3 as https://<host>, as clients reach it, without a path',
    },
  });
}

function invalid(): AppError {
  return new AppError('VALIDATION_ERROR', {
    detail: {
      ja: 'S3 のアドレスは s3://<バケット>?endpoint=https://<ホスト>&region=<リージョン> の形で指定してください',
      en: 'Give the address of S3 as s3://<bucket>?endpoint=https://<host>&region=<region>',
    },
  });
}
