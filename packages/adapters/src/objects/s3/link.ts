/** Signed addresses: who has one gets that one object from the store itself, for a while, without a sign-in. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { LinkOptions } from '@imageflow/core';
import { SignatureV4 } from '@smithy/signature-v4';

export interface LinkPlace {
  /** As clients reach the store: the name of the host is a part of what is signed. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly key: string;
}

export async function signLink({ config }: S3Client, { endpoint, bucket, key }: LinkPlace, options: LinkOptions): Promise<string> {
  const { protocol, hostname, port, host } = new URL(endpoint);
  const path = ['', bucket, ...key.split('/')].map(escaped).join('/');
  // S3 escapes a path once, other services of AWS twice.
  const signer = new SignatureV4({
    service: 's3',
    region: config.region,
    credentials: config.credentials,
    sha256: config.sha256,
    uriEscapePath: false,
  });
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol,
      hostname,
      ...(port !== '' && { port: Number(port) }),
      path,
      query: { 'response-content-type': options.contentType, 'response-content-disposition': options.disposition },
      // Of what is sent, nothing: a GET has no body.
      headers: { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    },
    { expiresIn: options.seconds },
  );
  const query = Object.entries(signed.query ?? {}).map(([name, value]) => `${escaped(name)}=${escaped(String(value))}`);
  return `${protocol}//${host}${path}?${query.join('&')}`;
}

/** As S3 does it: encodeURIComponent leaves five characters that S3 escapes. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
