/** Multipart forms for tests, byte by byte. */
export interface FormPart {
  readonly name?: string;
  readonly filename?: string;
  readonly content: Buffer | string;
  readonly type?: string;
}

const boundary = 'a-boundary-of-the-tests';

export const formType = `multipart/form-data; boundary=${boundary}`;
export const formEnd = `--${boundary}--\r\n`;

export function formPart({ name = 'files', filename, content, type = 'image/png' }: FormPart): Buffer {
  const file = filename === undefined ? '' : `; filename="${filename}"`;
  const contentType = filename === undefined ? '' : `content-type: ${type}\r\n`;
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${file}\r\n${contentType}\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from('\r\n')]);
}

export function form(...parts: readonly FormPart[]): Buffer {
  return Buffer.concat([...parts.map(formPart), Buffer.from(formEnd)]);
}
