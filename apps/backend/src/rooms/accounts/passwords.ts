/** Passwords, as argon2id hashes with the parameters OWASP names (19 MiB, 2 passes, 1 lane). */
import { randomBytes } from 'node:crypto';
import { type Algorithm, hash, verify } from '@node-rs/argon2';

// The library declares a const enum, which erasable TypeScript cannot read; 2 is Argon2id.
const argon2id = 2 as Algorithm;
const options = { algorithm: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export function hashPassword(password: string): Promise<string> {
  return hash(password, options);
}

/** Takes as long for a user that does not exist (`stored` undefined): the time must not tell. */
export async function checkPassword(stored: string | undefined, password: string): Promise<boolean> {
  nobody ??= hashPassword(randomBytes(16).toString('hex'));
  const matches = await verify(stored ?? (await nobody), password);
  return matches && stored !== undefined;
}

let nobody: Promise<string> | undefined;

/** 20 characters without look-alikes: over 110 bits. */
export function createPassword(): string {
  const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
  let password = '';
  while (password.length < 20) {
    for (const byte of randomBytes(32)) {
      // Bytes past the last whole multiple would make the first letters likelier.
      if (byte < 256 - (256 % letters.length) && password.length < 20) password += letters[byte % letters.length];
    }
  }
  return password;
}
