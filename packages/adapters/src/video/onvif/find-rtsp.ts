/** Asks a camera by ONVIF where its picture is. */
import { AppError } from '@imageflow/core';
import { judgeConnection } from '../complaints.ts';
import type { Credentials } from '../source.ts';
import { createDevice, type Device, deviceNamespace } from './camera.ts';
import { late, noRtsp, notOnvif } from './faults.ts';
import { findMedia, findUri } from './media.ts';
import { find, textOf } from './soap.ts';

export interface OnvifCamera {
  /** http:// or https:// of its device service, without user and password; with no path at the one that ONVIF names. */
  readonly address: string;
  readonly credentials: Credentials | undefined;
  /** Token or name; undefined: the first with H.264, else the first with video. */
  readonly profile: string | undefined;
  readonly transport: 'tcp' | 'udp';
}

const defaultPath = '/onvif/device_service';
/** For all questions together, ms. */
const limitMs = 5_000;

/**
 * An rtsp:// or rtsps:// address without user and password, always on the camera's own host: it may not lead us elsewhere, and behind NAT does
 * not know where it is.
 * @throws AppError CAMERA_UNREACHABLE, CAMERA_LOGIN_FAILED, CANCELLED by the signal
 */
export async function findRtsp(camera: OnvifCamera, signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.timeout(limitMs);
  const address = new URL(camera.address);
  try {
    const device = createDevice(address, camera.credentials, AbortSignal.any([signal, limit]));
    const path = (address.pathname === '/' ? defaultPath : address.pathname) + address.search;
    await setClock(device, path);
    return toRtsp(await findUri(device, await findMedia(device, path), camera), address.hostname);
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (signal.aborted) throw new AppError('CANCELLED', { cause: error });
    throw limit.aborted ? late(limitMs, error) : judgeConnection(error, notOnvif);
  }
}

/** Cameras have clocks of their own, and refuse a token of another time. */
async function setClock(device: Device, path: string): Promise<void> {
  const answer = await device.ask({ path, namespace: deviceNamespace, operation: 'GetSystemDateAndTime', isOpen: true });
  // Some ask for a user even here.
  if (answer.kind === 'foreign' && answer.status !== 401 && answer.status !== 403) throw notOnvif();
  if (answer.kind !== 'answer') return;
  const utc = find(answer.body, 'UTCDateTime');
  const [year, month, day, hour, minute, second] = ['Year', 'Month', 'Day', 'Hour', 'Minute', 'Second'].map((name) =>
    Number.parseInt(textOf(utc, name), 10),
  );
  const now = Date.UTC(year ?? Number.NaN, (month ?? Number.NaN) - 1, day, hour, minute, second);
  if (Number.isFinite(now)) device.setShift(now - Date.now());
}

function toRtsp(uri: string, host: string): string {
  const url = URL.parse(uri);
  // Without a host of its own, its path would run into ours.
  if (url === null || !['rtsp:', 'rtsps:'].includes(url.protocol) || url.hostname === '') throw noRtsp();
  return `${url.protocol}//${host}${url.port === '' ? '' : `:${url.port}`}${url.pathname}${url.search}${url.hash}`;
}
