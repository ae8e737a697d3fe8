/** Bare compute as a process of its own: gets {count, lanes}, answers the time of each image, ms. */
import { readFile } from 'node:fs/promises';
import { timeEach } from '../figures.ts';
import { openInspector } from './inspect.ts';
import { openResizer } from './resize.ts';

const [kind = '', path = '', threads = '1'] = process.argv.slice(2);

async function openWork(): Promise<() => Promise<unknown>> {
  if (kind === 'resize') {
    const resize = openResizer();
    return () => resize(path);
  }
  const jpeg = await readFile(path);
  const inspector = await openInspector(Number(threads));
  return () => inspector.inspect(jpeg);
}

const work = await openWork();
await work();
process.send?.('ready');

process.on('message', (wanted: { count: number; lanes: number }) => {
  void timeEach(wanted.count, wanted.lanes, async () => {
    await work();
  }).then((times) => process.send?.(times));
});
process.on('disconnect', () => process.exit(0));
