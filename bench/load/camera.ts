/** A camera: plays the clip at a fixed rate, whatever comes back, times every answer and compares it with what is in the picture. */
import type { ClipFrame, Defect } from '../clip.ts';

/** A way to the platform. */
export interface CameraLink {
  send(frame: Sent): void;
  /** Waits for the answers that are due; answers the platform's own counts. */
  end(): Promise<Counts>;
}

export interface Sent {
  /** From 1. */
  readonly id: number;
  readonly jpeg: Buffer;
  readonly timestampMs: number;
}

export interface Answer {
  readonly id: number;
  readonly inferMs: number;
  readonly error: string | undefined;
  readonly found: readonly Defect[];
}

export interface Counts {
  readonly received: number;
  readonly answered: number;
  readonly dropped: number;
}

export type OpenLink = (onAnswer: (answer: Answer) => void) => Promise<CameraLink>;

export interface Answered {
  /** Since the first frame. */
  readonly atMs: number;
  /** From sending the frame to reading its answer. */
  readonly latencyMs: number;
  readonly inferMs: number;
}

export interface StreamFigures {
  readonly sent: number;
  readonly answers: readonly Answered[];
  readonly failed: number;
  /** Code of the first frame that failed. */
  readonly firstError: string | undefined;
  readonly counts: Counts;
  /** Neither answered nor counted, or answered in the wrong order. */
  readonly astray: number;
  /** Defects that are whole in the answered frames, and those of them that were found where they are. */
  readonly expected: number;
  readonly found: number;
}

export interface Play {
  readonly clip: readonly ClipFrame[];
  readonly fps: number;
  readonly seconds: number;
  /** Called for each answer. */
  readonly onAnswer?: (answered: Answered) => void;
}

export async function playClip(open: OpenLink, { clip, fps, seconds, onAnswer }: Play): Promise<StreamFigures> {
  const sentAt = new Map<number, number>();
  const answers: Answered[] = [];
  const sums = { failed: 0, wrongOrder: 0, expected: 0, found: 0 };
  let [lastId, firstError] = [0, undefined as string | undefined];
  let startedAt = performance.now();
  const link = await open(({ id, inferMs, error, found }) => {
    const now = performance.now();
    const latencyMs = now - (sentAt.get(id) ?? Number.NaN);
    for (const older of sentAt.keys()) if (older <= id) sentAt.delete(older);
    if (id <= lastId) sums.wrongOrder += 1;
    lastId = id;
    if (error !== undefined) {
      sums.failed += 1;
      firstError ??= error;
    } else {
      const defects = clip[(id - 1) % clip.length]?.defects ?? [];
      sums.expected += defects.length;
      sums.found += defects.filter((defect) => found.some((one) => isSame(one, defect))).length;
    }
    const answered = { atMs: now - startedAt, latencyMs, inferMs };
    answers.push(answered);
    onAnswer?.(answered);
  });
  startedAt = performance.now();
  const total = Math.round(fps * seconds);
  for (let index = 0; index < total; index++) {
    await until(startedAt + (index * 1000) / fps);
    const id = index + 1;
    sentAt.set(id, performance.now());
    link.send({ id, jpeg: clip[index % clip.length]?.jpeg ?? Buffer.alloc(0), timestampMs: Date.now() });
  }
  const counts = await link.end();
  const astray = Math.abs(total - counts.received) + Math.abs(counts.received - counts.answered - counts.dropped);
  return {
    sent: total,
    answers,
    failed: sums.failed,
    firstError,
    counts,
    astray: astray + Math.abs(counts.answered - answers.length) + sums.wrongOrder,
    expected: sums.expected,
    found: sums.found,
  };
}

/** The same defect by the usual measure: half of both boxes' area in common. */
function isSame(one: Defect, other: Defect): boolean {
  const across = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
  const down = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
  if (one.className !== other.className || across <= 0 || down <= 0) return false;
  return across * down >= 0.5 * (one.width * one.height + other.width * other.height - across * down);
}

async function until(at: number): Promise<void> {
  const restMs = at - performance.now();
  if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
}
