/** Passwords of cameras at rest: AES-256-GCM, bound to the stream they belong to. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Credentials } from '@imageflow/adapters/video';
import { AppError } from '@imageflow/core';

export interface Vault {
  seal(streamId: string, credentials: Credentials): Uint8Array;
  /** @throws AppError CAMERA_LOGIN_FAILED when it was sealed with another key. */
  open(streamId: string, sealed: Uint8Array): Credentials;
}

const nonceBytes = 12;
const tagBytes = 16;

/** `setting`: IMAGEFLOW_SECRET_KEY, which several backends must share. Without it a key is made once and kept beside the data. */
export async function openVault(dataDir: string, setting: string | undefined): Promise<Vault> {
  const key = createHash('sha256')
    .update(setting ?? (await readOrMake(join(dataDir, 'secret-key.txt'))))
    .digest();
  return {
    seal(streamId, credentials) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(streamId));
      const sealed = Buffer.concat([cipher.update(JSON.stringify(credentials)), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    },
    open(streamId, sealed) {
      try {
        const nonce = sealed.subarray(0, nonceBytes);
        const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(streamId));
        decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
        const text = Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]).toString();
        return JSON.parse(text) as Credentials;
      } catch (error) {
        throw otherKey(error);
      }
    },
  };
}

async function readOrMake(file: string): Promise<string> {
  const made = randomBytes(32).toString('base64url');
  try {
    await writeFile(file, `${made}\n`, { flag: 'wx', mode: 0o600 });
    return made;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return (await readFile(file, 'utf8')).trim();
  }
}

function otherKey(cause: unknown): AppError {
  return new AppError('CAMERA_LOGIN_FAILED', {
    detail: {
      ja: '保存されたカメラのパスワードを復号できません。IMAGEFLOW_SECRET_KEY を元に戻すか、パスワードを登録し直してください',
      en: 'The stored password of the camera was sealed with another key. Bring IMAGEFLOW_SECRET_KEY back, or enter the password again',
    },
    retryable: false,
    cause,
  });
}
