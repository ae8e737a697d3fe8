/** File names as they came in and as they go out. */

const maxLength = 200;

/** A name that is safe to store, show and offer: without path, control and direction characters; never empty. */
export function cleanName(name: string, ending: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  const visible = last.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
  const clean = visible.normalize('NFC').trim();
  return clean === '' || clean === '.' || clean === '..' ? `image.${ending}` : shorten(clean);
}

/** Keeps the ending. */
function shorten(name: string): string {
  const characters = [...name];
  if (characters.length <= maxLength) return name;
  const ending = /\.[^.]{1,10}$/.exec(name)?.[0] ?? '';
  return characters.slice(0, maxLength - [...ending].length).join('') + ending;
}

/** RFC 6266: the ASCII form for old clients, the UTF-8 form for all others. */
export function contentDisposition(type: 'inline' | 'attachment', name: string): string {
  const ascii = name.replaceAll(/[^\u0020-\u007e]|["\\%]/g, '_');
  const utf8 = encodeURIComponent(name).replaceAll(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${type}; filename="${ascii}"; filename*=UTF-8''${utf8}`;
}
