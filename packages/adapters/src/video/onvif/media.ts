/** The media services of a camera, and where they say its picture is. */
import { type Answer, type Device, deviceNamespace } from './camera.ts';
import { noMedia, noProfile, notOnvif, refused } from './faults.ts';
import { chooseProfile, type Profile, readProfiles } from './profiles.ts';
import { escapeXml, find, findAll, textOf } from './soap.ts';

export interface Media {
  readonly path: string;
  readonly version: MediaVersion;
}

interface MediaVersion {
  readonly namespace: string;
  /** What GetProfiles is to tell. */
  readonly scope: string;
  readonly uriOf: (token: string, transport: 'tcp' | 'udp') => string;
}

const schema = 'http://www.onvif.org/ver10/schema';

const media1: MediaVersion = {
  namespace: 'http://www.onvif.org/ver10/media/wsdl',
  scope: '',
  uriOf: (token, transport) =>
    `<StreamSetup><Stream xmlns="${schema}">RTP-Unicast</Stream><Transport xmlns="${schema}"><Protocol>${transport === 'tcp' ? 'RTSP' : 'UDP'}</Protocol></Transport></StreamSetup>` +
    `<ProfileToken>${escapeXml(token)}</ProfileToken>`,
};

const media2: MediaVersion = {
  namespace: 'http://www.onvif.org/ver20/media/wsdl',
  scope: '<Type>VideoEncoder</Type>',
  uriOf: (token, transport) =>
    `<Protocol>${transport === 'tcp' ? 'RTSP' : 'RtspUnicast'}</Protocol><ProfileToken>${escapeXml(token)}</ProfileToken>`,
};

/**
 * Media (Profile S) comes before Media2 (Profile T), which newer cameras have as well. `path`: of the device service.
 * @throws AppError CAMERA_UNREACHABLE, CAMERA_LOGIN_FAILED
 */
export async function findMedia(device: Device, path: string): Promise<readonly Media[]> {
  const ask = (operation: string, inner: string): Promise<Answer> => device.ask({ path, namespace: deviceNamespace, operation, inner });
  const services = await ask('GetServices', '<IncludeCapability>false</IncludeCapability>');
  const addresses = new Map<string, string>();
  if (services.kind === 'answer') {
    for (const service of findAll(services.body, 'Service')) addresses.set(textOf(service, 'Namespace'), textOf(service, 'XAddr'));
  } else {
    // ONVIF before 2.1 has this question only.
    const capabilities = bodyOf(await ask('GetCapabilities', '<Category>Media</Category>'));
    addresses.set(media1.namespace, textOf(find(capabilities, 'Media'), 'XAddr'));
  }
  const found = [media1, media2].flatMap((version) => {
    const url = URL.parse(addresses.get(version.namespace) ?? '');
    return url?.protocol === 'http:' || url?.protocol === 'https:' ? [{ version, path: url.pathname + url.search }] : [];
  });
  if (found.length === 0) throw noMedia();
  return found;
}

interface Wish {
  /** Token or name. */
  readonly profile: string | undefined;
  readonly transport: 'tcp' | 'udp';
}

/** As the camera says it. @throws AppError CAMERA_UNREACHABLE, CAMERA_LOGIN_FAILED */
export async function findUri(device: Device, services: readonly Media[], wish: Wish): Promise<string> {
  const all: Profile[] = [];
  for (const service of services) {
    const { path, version } = service;
    const { namespace, scope, uriOf } = version;
    const answer = await device.ask({ path, namespace, operation: 'GetProfiles', inner: scope });
    // Cameras exist that name Media and have Media2 only.
    if (answer.kind === 'fault' && service !== services.at(-1)) continue;
    const profiles = readProfiles(bodyOf(answer));
    const profile = chooseProfile(profiles, wish.profile);
    all.push(...profiles);
    if (profile === undefined) continue;
    const inner = uriOf(profile.token, wish.transport);
    return textOf(bodyOf(await device.ask({ path, namespace, operation: 'GetStreamUri', inner })), 'Uri');
  }
  throw noProfile(wish.profile, all);
}

function bodyOf(answer: Answer) {
  if (answer.kind === 'answer') return answer.body;
  throw answer.kind === 'fault' ? refused(answer.reason) : notOnvif();
}
