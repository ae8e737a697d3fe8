/** Text as a coverage mask, rendered with the font this package brings: servers and containers often have none. */
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

export interface TextMask {
  /** 0 to 255, one byte a pixel. */
  readonly coverage: Uint8Array;
  readonly width: number;
  readonly height: number;
}

const fontFile = fileURLToPath(new URL('../fonts/NotoSansJP-Bold.otf', import.meta.resolve('@embedpdf/fonts-jp')));
const longestText = 64;

/** `heightPx` is the font's size in pixels. */
export async function renderText(text: string, heightPx: number): Promise<TextMask> {
  const options = { text: escapeMarkup(printable(text)), font: `Noto Sans JP Bold ${Math.round(heightPx)}`, fontfile: fontFile, dpi: 72 };
  const { data, info } = await sharp({ text: options }).extractChannel(0).raw().toBuffer({ resolveWithObject: true });
  return { coverage: data, width: info.width, height: info.height };
}

function printable(text: string): string {
  const clean = text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ').trim();
  const short = [...clean].slice(0, longestText).join('');
  return short === '' ? '?' : short;
}

/** Pango reads its text as markup. */
function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
