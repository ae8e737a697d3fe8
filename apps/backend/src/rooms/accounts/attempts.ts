/** Counts attempts in fixed windows, in bounded memory: the oldest key is forgotten when there are too many. */
import { AppError, type Clock } from '@imageflow/core';

export interface AttemptLimit {
  /** Counts one attempt. @throws AppError RATE_LIMITED with the rest of the window when there were too many. */
  take(key: string): void | Promise<void>;
  /** Forgets a key's attempts. */
  forgive(key: string): void | Promise<void>;
}

/** Counts in this process's memory, at once. */
export interface LocalAttemptLimit extends AttemptLimit {
  take(key: string): void;
  forgive(key: string): void;
}

interface Window {
  readonly endsAt: number;
  readonly used: number;
}

const maxKeys = 10_000;

export function createAttemptLimit(clock: Clock, perWindow: number, windowMs: number): LocalAttemptLimit {
  const windows = new Map<string, Window>();
  return {
    take(key) {
      const now = clock.now();
      const current = windows.get(key);
      const window = current === undefined || current.endsAt <= now ? { endsAt: now + windowMs, used: 0 } : current;
      if (window.used >= perWindow) throw tooMany((window.endsAt - now) / 1000);
      windows.delete(key);
      windows.set(key, { ...window, used: window.used + 1 });
      if (windows.size > maxKeys) forgetOldest(windows);
    },
    forgive: (key) => {
      windows.delete(key);
    },
  };
}

function forgetOldest(windows: Map<string, Window>): void {
  const oldest = windows.keys().next();
  if (!oldest.done) windows.delete(oldest.value);
}

export function tooMany(seconds: number): AppError {
  const wait = Math.max(1, Math.ceil(seconds));
  return new AppError('RATE_LIMITED', {
    detail: {
      ja: `ログインの試行が多すぎます。${wait} 秒後にやり直してください`,
      en: `Too many attempts to sign in. Try again in ${wait} seconds`,
    },
    retryAfterSeconds: wait,
  });
}
