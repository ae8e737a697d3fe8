/**
 * Messages to one reader. While it does not take what was sent, results are not sent but the newest is kept, so that it is up to date as soon
 * as it reads again; a reader that takes nothing for too long is closed with 1013.
 */
import type { LiveSocket } from '../../../doors/socket.ts';
import type { Encoded } from './answers.ts';

export interface Sender {
  /** Small messages, each of which counts, in order: they wait for a slow reader, and go before a result that waits. */
  say(message: (sequence: number) => object): void;
  /** Encodes it when its turn comes; newer ones take the place of one that waits. */
  show(make: (sequence: number) => Encoded): void;
  /** Whether the reader keeps up. */
  isReady(): boolean;
  /** Looks after a result that waits, and after a reader that has stopped. Call about once a second. */
  tick(): void;
  readonly unsent: number;
}

/** About five frames of 100 KB, or a large one. */
const maxUntakenBytes = 512 * 1024;
/** A reader that lets so many wait is closed soon. */
const maxWords = 256;
const slowLimitMs = 5_000;

export function createSender(socket: LiveSocket): Sender {
  let sequence = 0;
  let unsent = 0;
  let words: string[] = [];
  let waiting: ((sequence: number) => Encoded) | undefined;
  let slowSince: number | undefined;

  const isReady = (): boolean => {
    const isSlow = socket.untakenBytes() > maxUntakenBytes;
    if (!isSlow) slowSince = undefined;
    else slowSince ??= performance.now();
    return !isSlow;
  };
  const next = (): number => {
    sequence += 1;
    return sequence;
  };
  const send = (make: (sequence: number) => Encoded): void => {
    const { bytes, isText } = make(next());
    if (isText) socket.sendText(bytes);
    else socket.send(bytes);
  };

  const sayAll = (): void => {
    for (const word of words) socket.send(word);
    words = [];
  };

  return {
    say(message) {
      if (words.length < maxWords) words.push(JSON.stringify(message(next())));
      if (isReady()) sayAll();
    },
    show(make) {
      if (isReady()) {
        sayAll();
        waiting = undefined;
        send(make);
      } else {
        if (waiting !== undefined) unsent += 1;
        waiting = make;
      }
    },
    isReady,
    tick() {
      if (isReady()) {
        sayAll();
        const make = waiting;
        waiting = undefined;
        if (make !== undefined) send(make);
      }
      if (slowSince !== undefined && performance.now() - slowSince > slowLimitMs) socket.close(1013, 'SLOW_READER');
    },
    get unsent() {
      return unsent;
    },
  };
}
