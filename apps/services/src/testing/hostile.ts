/** Files that are no images, or images that want to do harm, whatever they are named. */
import { deflateRawSync } from 'node:zlib';

const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">';

/** By what they are; each would be named .png. */
export const foreignFiles: Readonly<Record<string, Buffer>> = {
  HTML: Buffer.from('<!DOCTYPE html><html><body><img src=x onerror=alert(1)></body></html>'),
  SVG: Buffer.from(`${svg}<rect width="9" height="9" fill="red"/></svg>`),
  'SVG with an external entity': Buffer.from(
    `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY file SYSTEM "file:///etc/passwd">]>${svg}<text>&file;</text></svg>`,
  ),
  'SVG with a billion laughs': Buffer.from(
    `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>${svg}<text>&c;</text></svg>`,
  ),
  'SVG in broken UTF-8': Buffer.concat([Buffer.from(svg), Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80]), Buffer.from('</svg>')]),
  'SVG behind a long comment': Buffer.from(`<!-- ${'x'.repeat(4000)} -->${svg}</svg>`),
  PDF: Buffer.from('%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n'),
  ZIP: zip('photo.png', Buffer.alloc(1000, 7)),
  HEIC: Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic', 'latin1'), Buffer.alloc(200)]),
  text: Buffer.from('BM is how this text starts, and a BMP too'),
  nothing: Buffer.alloc(0),
  'one byte': Buffer.from([0xff]),
  'the beginning of a JPEG': Buffer.from([0xff, 0xd8]),
};

function zip(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(8, 8);
  header.writeUInt32LE(packed.length, 18);
  header.writeUInt32LE(content.length, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name), packed]);
}
