/** Where programs write their logs. */
import { type DestinationStream, pino } from 'pino';

const heldBytes = 1024 * 1024;

/**
 * Standard output. A reader that is gone or a disk that is full costs lines, never the program: what cannot be written is held up to a megabyte
 * and tried again with the next line.
 */
export function standardOutput(): DestinationStream {
  // `sync` also leaves out pino's flush at the exit, which tries for ever when nobody reads.
  const destination = pino.destination({ dest: 1, sync: true, maxLength: heldBytes });
  destination.on('error', () => undefined);
  return destination;
}
