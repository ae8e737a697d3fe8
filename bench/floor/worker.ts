/** Bare compute as a process of its own: gets {count, lanes}, answers the time of each image, ms. */
import { readFile } from 'node:fs/promises';
import { timeEach } from '../figures.ts';
import { openInspector } from './inspect.ts';

const [path = '', threads = '1'] = process.argv.slice(2);
const jpeg = await readFile(path);
const inspector = await openInspector(Number(threads));
await inspector.inspect(jpeg);
process.send?.('ready');

process.on('message', (wanted: { count: number; lanes: number }) => {
  void timeEach(wanted.count, wanted.lanes, async () => {
    await inspector.inspect(jpeg);
  }).then((times) => process.send?.(times));
});
process.on('disconnect', () => process.exit(0));
