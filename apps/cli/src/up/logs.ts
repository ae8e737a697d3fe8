/** Logs of supervised programs: one file each, kept small. */
import { mkdirSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { createStream } from 'rotating-file-stream';

export interface Logs {
  readonly folder: string;
  open(program: string): Writable;
  close(): Promise<void>;
}

export function openLogs(folder: string): Logs {
  mkdirSync(folder, { recursive: true });
  const streams: Writable[] = [];
  return {
    folder,
    open(program) {
      const stream = createStream(`${program}.log`, { path: folder, size: '10M', maxFiles: 3, mode: 0o600 });
      // A log that cannot be written must not stop the platform.
      stream.on('error', () => undefined);
      streams.push(stream);
      return stream;
    },
    close: async () => {
      await Promise.all(streams.map((stream) => new Promise<void>((resolve) => stream.end(resolve))));
    },
  };
}

interface LogLine {
  readonly level: string;
  readonly message: string;
}

/** The last line that says why, of what a program wrote before it ended. */
export function findReason(output: string): string | undefined {
  const lines = output.trim().split('\n').reverse();
  const logged = lines.map(parseLine).find((line) => line?.level === 'fatal' || line?.level === 'error');
  return logged?.message ?? lines.find((line) => line.trim() !== '' && !line.startsWith('{') && !/^\s+at /.test(line));
}

function parseLine(line: string): LogLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { level, err, faults, message } = JSON.parse(line) as Record<string, unknown>;
    return typeof level === 'string' ? { level, message: reasonOf(err, faults) ?? String(message) } : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(err: unknown, faults: unknown): string | undefined {
  const listed = Array.isArray(faults) ? (faults as { field: string; message: string }[]) : [];
  if (listed.length > 0) return listed.map((fault) => `${fault.field}: ${fault.message}`).join('\n');
  return typeof err === 'object' && err !== null && 'message' in err ? String(err.message) : undefined;
}
