/** Random tokens that are shown once and stored only as their hash. */
import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits, base64url. */
export function createSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256, hex. Enough for secrets of 256 random bits: there is nothing to guess. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
