/**
 * PGlite's files in a folder, with an fsync that reaches the disk. Emscripten's own does nothing, so that a power cut could tear the
 * database in spite of `fsync = on`; `fdatasync` cannot be reached from here, hence `wal_sync_method = fsync` (see open.ts).
 */
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { NodeFS } from '@electric-sql/pglite/nodefs';

type Init = NodeFS['init'];
type Options = Awaited<ReturnType<Init>>;

/** The part of Emscripten's stream that is used. Directories have no descriptor. */
interface Stream {
  readonly nfd?: number;
  readonly node: object;
}

interface NodeFiles {
  stream_ops: { fsync?: (stream: Stream) => number };
  realPath(node: object): string;
}

export class DurableFiles extends NodeFS {
  override async init(...[pglite, options]: Parameters<Init>): Promise<Options> {
    const started = await super.init(pglite, options);
    const addFsync = (module: { NODEFS: unknown }): void => {
      const files = module.NODEFS as NodeFiles;
      files.stream_ops.fsync = (stream) => fsync(files, stream);
    };
    return { emscriptenOpts: { ...started.emscriptenOpts, preRun: [...(started.emscriptenOpts.preRun ?? []), addFsync] } };
  }
}

/** Emscripten's number for an I/O error. */
const eio = 29;

function fsync(files: NodeFiles, stream: Stream): number {
  if (stream.nfd === undefined) return fsyncFolder(files.realPath(stream.node));
  try {
    fsyncSync(stream.nfd);
    return 0;
  } catch {
    return eio;
  }
}

/** Windows cannot open a folder, and needs no fsync for its entries. */
function fsyncFolder(path: string): number {
  if (process.platform === 'win32') return 0;
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
    return 0;
  } catch {
    return eio;
  } finally {
    closeSync(descriptor);
  }
}
