/** What all S3 servers have in common. */
import { randomBytes } from 'node:crypto';
import type { Server, StartOptions } from './server.ts';

export interface S3Options extends StartOptions {
  readonly port?: number;
}

export interface S3Server extends Server {
  readonly port: number;
  /** Address of a bucket on it, with its keys; the bucket is made by whoever opens it first. */
  url(bucket?: string): string;
}

export interface S3Keys {
  readonly accessKey: string;
  readonly secretKey: string;
}

export function newKeys(): S3Keys {
  return { accessKey: `imageflow${randomBytes(4).toString('hex')}`, secretKey: randomBytes(24).toString('base64') };
}

export function s3Url({ accessKey, secretKey }: S3Keys, bucket: string, port: number): string {
  return `s3://${accessKey}:${encodeURIComponent(secretKey)}@${bucket}?endpoint=http://127.0.0.1:${port}`;
}
