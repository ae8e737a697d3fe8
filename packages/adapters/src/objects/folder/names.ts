/**
 * Keys as paths and back. Whatever a file system could misread is written as %XX of its UTF-8 bytes: characters that Windows refuses,
 * a trailing dot or space, names of its devices, and '%' itself. Keys of this platform's own making need none of it.
 */
import { join } from 'node:path';

const devices = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

export function toPath(root: string, key: string): string {
  return join(root, ...key.split('/').map(encodeSegment));
}

export function encodeSegment(segment: string): string {
  const safe = segment.replaceAll(/[%<>:"|?*]|[. ]$/g, percent);
  return devices.test(safe) ? percent(safe.charAt(0)) + safe.slice(1) : safe;
}

export function decodeSegment(name: string): string {
  return name.replaceAll(/%([0-9A-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** All of them are ASCII. */
function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
