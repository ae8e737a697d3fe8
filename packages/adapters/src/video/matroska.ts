/**
 * JPEGs, each with its time, as a Matroska stream (RFC 9559, elements by their numbers there): the plainest of the containers that ffmpeg reads
 * from a pipe and that say when a picture was taken. Written once, never read back here.
 */
export interface TimedPicture {
  /** ms of any clock. */
  readonly atMs: number;
  /** A JPEG. */
  readonly bytes: Uint8Array;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Times in ms, the first frame at 0. */
export function* toMatroska(frames: readonly TimedPicture[], { width, height }: PictureSize): Generator<Buffer> {
  const track = element(
    0xae,
    element(0xd7, number(1)),
    element(0x73c5, number(1)),
    element(0x83, number(1)),
    element(0x86, Buffer.from('V_MJPEG')),
    element(0xe0, element(0xb0, number(width)), element(0xba, number(height))),
  );
  yield element(0x1a45dfa3, element(0x4282, Buffer.from('matroska')), element(0x4287, number(4)), element(0x4285, number(2)));
  yield Buffer.concat([segmentOfUnknownSize, element(0x1549a966, element(0x2ad7b1, number(nsPerMs))), element(0x1654ae6b, track)]);
  let last = -1;
  for (const { atMs, bytes } of frames) {
    // Two pictures at one time would be one too few.
    last = Math.max(Math.round(atMs - (frames[0]?.atMs ?? 0)), last + 1);
    yield element(0x1f43b675, element(0xe7, number(last)), element(0xa3, keyBlock, bytes));
  }
}

const nsPerMs = 1_000_000;
const segmentOfUnknownSize = Buffer.from([0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
/** Of track 1, at the time of its cluster, a picture that needs no other. */
const keyBlock = Buffer.from([0x81, 0, 0, 0x80]);

function element(id: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(length) | (1n << 56n));
  return Buffer.concat([number(id), size, ...parts]);
}

/** Big-endian, as short as can be. */
function number(value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  const start = bytes.findIndex((byte) => byte !== 0);
  return bytes.subarray(start === -1 ? 5 : start);
}
