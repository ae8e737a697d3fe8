// Whether node_modules holds what the lock file says. Plain JavaScript for old Nodes, like bootstrap.mjs.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Written after an installation; makes the check of every later start one comparison. */
export function stampFile(root) {
  return join(root, 'node_modules', '.imageflow-installed');
}

export function readStamp(root) {
  return existsSync(stampFile(root)) ? readFileSync(stampFile(root), 'utf8') : undefined;
}

/** Changes when the locked dependencies do, or when the folder moved to another kind of machine. */
export function wantedStamp(root) {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  return `${process.platform} ${process.arch} ${lock}\n`;
}

/** By npm's own record of what it has put there: every package of the lock that this machine needs, in the locked version. */
export function hasLockedPackages(root) {
  const record = readPackages(join(root, 'node_modules', '.package-lock.json'));
  const locked = readPackages(join(root, 'package-lock.json'));
  if (record === undefined || locked === undefined) return false;
  return Object.entries(locked).every(([path, wanted]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true;
    if (!isNeededHere(wanted)) return true;
    const present = record[path];
    return present !== undefined && present.version === wanted.version && existsSync(join(root, path));
  });
}

/** Optional ones only when they are made for this machine; those for one libc only are left to npm. */
function isNeededHere({ optional, peer, os, cpu, libc }) {
  if (!optional) return true;
  if (peer || libc || !os || !cpu) return false;
  return os.includes(process.platform) && cpu.includes(process.arch);
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
