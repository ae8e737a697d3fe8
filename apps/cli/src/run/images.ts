/** Which images are meant: named files as they are, folders by the endings of image files. */
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { Stop } from '../exit.ts';

export interface ImageFile {
  readonly path: string;
  /** Unique within the run; results are named by it. */
  readonly name: string;
}

const endings = new Set(['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.gif', '.avif', '.bmp']);

export async function findImages(paths: readonly string[]): Promise<readonly ImageFile[]> {
  const found = (await Promise.all(paths.map(expand))).flat();
  if (found.length === 0) throw new Stop('usage', `画像が見つかりません: ${paths.join(', ')}`, `No images found in ${paths.join(', ')}`);
  return nameAll([...new Set(found)]);
}

async function expand(path: string): Promise<readonly string[]> {
  const facts = await stat(path).catch((error: unknown) => {
    throw new Stop('usage', `${path} がありません`, `There is no ${path}`, error);
  });
  if (!facts.isDirectory()) return [path];
  const inside = await readdir(path, { recursive: true, withFileTypes: true });
  return inside
    .filter((entry) => entry.isFile() && endings.has(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Files of one name, from different folders or in different formats, must not overwrite each other's results. */
function nameAll(paths: readonly string[]): readonly ImageFile[] {
  const taken = new Set<string>();
  return paths.map((path) => {
    const ending = extname(path);
    const stem = basename(path, ending);
    let unique = stem;
    // Some file systems take a and A for the same.
    for (let number = 2; taken.has(unique.toLowerCase()); number++) unique = `${stem}-${number}`;
    taken.add(unique.toLowerCase());
    return { path, name: `${unique}${ending}` };
  });
}
