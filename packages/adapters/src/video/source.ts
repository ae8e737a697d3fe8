/** Where video comes from, and how ffmpeg is told: never through a shell, and a password never on its command line, which everyone can read. */

export interface VideoSource {
  readonly kind: 'rtsp' | 'file' | 'device';
  /** URL without user and password, or an absolute path. */
  readonly address: string;
  readonly transport: 'tcp' | 'udp';
  readonly loop: boolean;
  readonly credentials: Credentials | undefined;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface Command {
  readonly args: readonly string[];
  /** Goes to its standard input, which is closed then. */
  readonly input: string;
}

/** Silence of a camera after which ffmpeg gives up, µs. */
const socketTimeoutUs = 4_000_000;

/** Frames as JPEGs, each with its length before it, to standard output. */
export function readCommand(source: VideoSource, maxFps: number): Command {
  const { options, input } = inputOf(source);
  const common = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-flags', 'low_delay'];
  // Never more frames than wanted, and none twice.
  const select = `select='isnan(prev_selected_t)+gte(t-prev_selected_t,${(0.9 / maxFps).toFixed(6)})'`;
  const output = ['-map', '0:v:0', '-an', '-sn', '-dn', '-vf', select, '-fps_mode', 'passthrough', '-c:v', 'mjpeg', '-q:v', '3'];
  return { args: [...common, ...options, ...output, '-flush_packets', '1', '-f', 'mpjpeg', 'pipe:1'], input };
}

/** No picture waits. Of a file it would take the first second. Nor is the rate counted first, which took a second (15 fps, November 2026). */
const unbuffered = ['-fflags', 'nobuffer', '-fpsprobesize', '0'];

function inputOf(source: VideoSource): { readonly options: readonly string[]; readonly input: string } {
  switch (source.kind) {
    case 'rtsp':
      // A list with this one entry, read from standard input, keeps the URL off the command line.
      return {
        options: [
          ...unbuffered,
          '-protocol_whitelist',
          'pipe,rtsp,rtsps,tcp,udp,rtp,tls,crypto',
          '-f',
          'concat',
          '-safe',
          '0',
          '-i',
          'pipe:0',
        ],
        input: listOf(urlOf(source), { rtsp_transport: source.transport, timeout: socketTimeoutUs, fpsprobesize: 0 }),
      };
    case 'file':
      return {
        options: [...(source.loop ? ['-stream_loop', '-1'] : []), '-re', ...fileLimits, '-i', `file:${source.address}`],
        input: '',
      };
    case 'device':
      return { options: [...unbuffered, '-f', 'v4l2', '-i', source.address], input: '' };
  }
}

/** A playlist that calls itself a video must not lead elsewhere. */
const fileLimits = ['-protocol_whitelist', 'file', '-format_whitelist', 'mov,matroska,avi,mpegts,mpeg,mpegvideo,mjpeg,h264,hevc,ogg,flv'];

function urlOf({ address, credentials }: VideoSource): string {
  if (credentials === undefined) return address;
  const at = address.indexOf('://') + 3;
  const login = `${encodeURIComponent(credentials.username)}:${encodeURIComponent(credentials.password)}@`;
  return address.slice(0, at) + login + address.slice(at);
}

function listOf(url: string, options: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(options).map(([name, value]) => `option ${name} ${value}\n`);
  return `ffconcat version 1.0\nfile ${quote(url)}\n${lines.join('')}`;
}

/** In such a list a quoted text ends at the next quote, whatever it holds. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
