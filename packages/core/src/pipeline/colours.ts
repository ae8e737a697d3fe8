/** Colours of classes: the same class has the same colour in every image, every run and every program. */

/** sRGB, 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Distinct hues of similar strength, readable on light and dark surfaces. */
const palette: readonly Colour[] = [
  [230, 25, 75],
  [0, 130, 200],
  [60, 180, 75],
  [245, 130, 48],
  [145, 30, 180],
  [0, 160, 160],
  [240, 50, 230],
  [170, 110, 40],
  [128, 128, 0],
  [0, 0, 160],
  [210, 180, 0],
  [100, 100, 100],
];

export function classColour(className: string): Colour {
  // FNV-1a: spreads short similar names over the palette.
  let hash = 0x811c9dc5;
  for (const letter of className) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return palette[hash % palette.length] ?? [230, 25, 75];
}

/** Black or white, whichever reads better on `colour`. */
export function textColour([red, green, blue]: Colour): Colour {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? [0, 0, 0] : [255, 255, 255];
}
