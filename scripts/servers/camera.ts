/** A network camera: an RTSP server of GStreamer with moving pictures. With it comes ffmpeg, by which the platform reads cameras. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall, findProgram } from './install.ts';
import { scratchRoot } from './places.ts';
import { freePort } from './ports.ts';
import { runServer, type Server, type StartOptions } from './server.ts';

/** The system's own: Debian has GStreamer's bindings for no other. */
const python = '/usr/bin/python3';
const packages = [
  'ffmpeg',
  'python3-gi',
  'gir1.2-gst-rtsp-server-1.0',
  'gstreamer1.0-plugins-base',
  'gstreamer1.0-plugins-good',
  'gstreamer1.0-plugins-ugly',
];

export interface CameraOptions extends StartOptions {
  readonly port?: number;
  /** Clients are dropped so often; never when absent. */
  readonly dropSeconds?: number;
  /** "user:password"; open to all when absent. */
  readonly login?: string;
}

export interface CameraServer extends Server {
  readonly port: number;
  /** Without user and password. */
  readonly url: string;
}

let isThere = false;

export function hasCamera(): boolean {
  isThere ||= findProgram('ffmpeg') !== undefined && canServe();
  return isThere;
}

function canServe(): boolean {
  return spawnSync(python, ['-c', "import gi; gi.require_version('GstRtspServer', '1.0')"]).status === 0;
}

/** @throws InstallError */
export function installCamera(): void {
  if (!hasCamera()) aptInstall(packages);
}

/** @throws Error when it is not installed, or does not start within 30 s */
export async function startCamera(options: CameraOptions = {}): Promise<CameraServer> {
  const folder = options.folder ?? mkdtempSync(join(scratchRoot(), 'imageflow-camera-'));
  mkdirSync(folder, { recursive: true });
  const port = options.port ?? (await freePort());
  const server = await runServer(
    {
      name: 'camera',
      folder,
      command: [python, join(import.meta.dirname, 'camera.py'), String(port), String(options.dropSeconds ?? 0), options.login ?? ''],
      isReady: (log) => log.includes('ready'),
      readyMs: 30_000,
      stopSignal: 'SIGTERM',
      stopMs: 2_000,
    },
    options,
  );
  return Object.assign(server, { port, url: `rtsp://127.0.0.1:${port}/cam` });
}
