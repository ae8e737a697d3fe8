/** Media profiles of a camera: ways in which it sends its picture. */
import type { Element } from '@xmldom/xmldom';
import { find, findAll, textOf } from './soap.ts';

export interface Profile {
  readonly token: string;
  readonly name: string;
  /** E.g. "H264"; "": no video. */
  readonly encoding: string;
}

/** `body`: answer to GetProfiles of Media (ver10) or Media2 (ver20). */
export function readProfiles(body: Element): readonly Profile[] {
  return findAll(body, 'Profiles').map((profile) => ({
    token: profile.getAttribute('token') ?? '',
    name: textOf(profile, 'Name'),
    encoding: textOf(find(profile, 'VideoEncoderConfiguration') ?? find(profile, 'VideoEncoder'), 'Encoding'),
  }));
}

/** Without a wish the first with H.264, which every camera and every ffmpeg can do, else the first with video. */
export function chooseProfile(profiles: readonly Profile[], wanted: string | undefined): Profile | undefined {
  if (wanted !== undefined) return profiles.find(({ token }) => token === wanted) ?? profiles.find(({ name }) => name === wanted);
  return profiles.find(({ encoding }) => encoding === 'H264') ?? profiles.find(({ encoding }) => encoding !== '');
}
