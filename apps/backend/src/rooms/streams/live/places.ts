/** How many live connections there may be: each holds frames in memory. */
import { AppError } from '@imageflow/core';

export interface Places {
  /** Answers how to give the place back. @throws AppError RATE_LIMITED */
  take(userId: string): () => void;
}

export interface PlaceLimits {
  readonly total: number;
  readonly perUser: number;
}

export function createPlaces({ total, perUser }: PlaceLimits): Places {
  const byUser = new Map<string, number>();
  let taken = 0;
  return {
    take(userId) {
      const own = byUser.get(userId) ?? 0;
      if (own >= perUser) throw full(perUser, true);
      if (taken >= total) throw full(total, false);
      taken += 1;
      byUser.set(userId, own + 1);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        taken -= 1;
        const left = (byUser.get(userId) ?? 1) - 1;
        if (left === 0) byUser.delete(userId);
        else byUser.set(userId, left);
      };
    },
  };
}

function full(limit: number, isOwn: boolean): AppError {
  return new AppError('RATE_LIMITED', {
    detail: isOwn
      ? {
          ja: `同時に開ける映像の接続は 1 ユーザーにつき ${limit} 本までです。使っていない接続を閉じてください`,
          en: `A user may have ${limit} live connections at once. Close one that is not needed`,
        }
      : {
          ja: `同時に開ける映像の接続は ${limit} 本までです。しばらくしてからやり直してください`,
          en: `This server takes ${limit} live connections at once, and all places are taken. Try again later`,
        },
    retryAfterSeconds: 5,
  });
}
