/** An ONVIF device for tests: SOAP over HTTP, with a clock of its own, that checks who asks. Its picture is some other server's. */
import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

export interface OnvifProfile {
  readonly token: string;
  readonly name: string;
  /** E.g. "H264"; absent: no video. */
  readonly encoding?: string;
}

export interface OnvifCameraOptions {
  /** "user:password"; open to all when absent. */
  readonly login?: string;
  /** How a login is proven. */
  readonly proof?: 'token' | 'md5' | 'sha256';
  /** Its clock is so far ahead. */
  readonly clockShiftMs?: number;
  /** Of what it says of its own services. */
  readonly origin?: string;
  /** Media, Media2, or Media as before GetServices. */
  readonly media?: 'media1' | 'media2' | 'old';
  /** Of one with Media2: what its Media, named first, says of profiles. */
  readonly media1?: 'fault' | 'none';
  readonly profiles?: readonly OnvifProfile[];
  /** Speaks https, with this certificate. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Instead of everything. */
  readonly answer?: (answer: ServerResponse) => void;
}

export interface OnvifCamera {
  /** "127.0.0.1:…" */
  readonly host: string;
  /** What GetStreamUri answers: may be changed. */
  uri: string;
  /** Operations, and tokens of the profiles asked for. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const defaultProfiles = [
  { token: 'audio', name: 'Sound' },
  { token: 'p0', name: 'MainStream', encoding: 'H265' },
  { token: 'p1', name: 'SubStream <2>', encoding: 'H264' },
];

const tt = 'xmlns:tt="http://www.onvif.org/ver10/schema"';
const versions = { media1: ['ver10', 'trt'], media2: ['ver20', 'tr2'], old: ['ver10', 'trt'] } as const;

export async function startOnvifCamera(options: OnvifCameraOptions = {}): Promise<OnvifCamera> {
  const asked: string[] = [];
  const gate = createGate(options);
  const listen: RequestListener = (request, answer) => {
    void readText(request).then((text) => {
      if (options.answer !== undefined) return options.answer(answer);
      const operation = /<s:Body><(\w+)/.exec(text)?.[1] ?? '';
      const refusal = operation === 'GetSystemDateAndTime' ? undefined : gate(request, text);
      if (refusal !== undefined) return refusal(answer);
      const token = /<ProfileToken>(.*?)</.exec(text)?.[1];
      asked.push(token === undefined ? operation : `${operation} ${token}`);
      const isOld = options.media1 !== undefined && text.includes('/ver10/media/wsdl');
      const body = isOld ? oldProfiles(options.media1) : bodyOf(operation, options, host, camera.uri);
      send(
        answer,
        body === undefined ? 400 : 200,
        body ?? fault('s:Receiver', 'ter:ActionNotSupported', 'Optional Action Not Implemented'),
      );
    });
  };
  const server = options.tls === undefined ? createServer(listen) : createTlsServer(options.tls, listen);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const host = `127.0.0.1:${address.port}`;
  const camera: OnvifCamera = {
    host,
    uri: '',
    asked,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return camera;
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

function oldProfiles(media1: OnvifCameraOptions['media1']): string | undefined {
  return media1 === 'none' ? '<GetProfilesResponse xmlns="http://www.onvif.org/ver10/media/wsdl"/>' : undefined;
}

function bodyOf(operation: string, options: OnvifCameraOptions, host: string, uri: string): string | undefined {
  const { origin = `http://${host}`, media = 'media1', profiles = defaultProfiles, clockShiftMs = 0 } = options;
  const [version, prefix] = versions[media];
  const xmlns = `xmlns:${prefix}="http://www.onvif.org/${version}/media/wsdl" ${tt}`;
  const address = `${origin}/onvif/media?of=${media}`;
  switch (operation) {
    case 'GetSystemDateAndTime':
      return clock(new Date(Date.now() + clockShiftMs));
    case 'GetServices':
      if (media === 'old') return undefined;
      return `<tds:GetServicesResponse xmlns:tds="http://www.onvif.org/ver10/device/wsdl">${[
        ...(options.media1 === undefined ? [] : ['ver10']),
        version,
      ]
        .map((named) => serviceXml(`http://www.onvif.org/${named}/media/wsdl`, address))
        .join('')}</tds:GetServicesResponse>`;
    case 'GetCapabilities':
      return `<GetCapabilitiesResponse xmlns="http://www.onvif.org/ver10/device/wsdl"><Capabilities ${tt}><tt:Media><tt:XAddr>${address}</tt:XAddr></tt:Media></Capabilities></GetCapabilitiesResponse>`;
    case 'GetProfiles':
      return `<${prefix}:GetProfilesResponse ${xmlns}>${profiles.map((profile) => profileXml(profile, media, prefix)).join('')}</${prefix}:GetProfilesResponse>`;
    case 'GetStreamUri': {
      const answer =
        media === 'media2' ? `<tr2:Uri>${escapeXml(uri)}</tr2:Uri>` : `<trt:MediaUri><tt:Uri>${escapeXml(uri)}</tt:Uri></trt:MediaUri>`;
      return `<${prefix}:GetStreamUriResponse ${xmlns}>${answer}</${prefix}:GetStreamUriResponse>`;
    }
    default:
      return undefined;
  }
}

function serviceXml(namespace: string, address: string): string {
  return `<tds:Service><tds:Namespace>${namespace}</tds:Namespace><tds:XAddr>${address}</tds:XAddr></tds:Service>`;
}

function clock(now: Date): string {
  const time = `<tt:Hour>${now.getUTCHours()}</tt:Hour><tt:Minute>${now.getUTCMinutes()}</tt:Minute><tt:Second>${now.getUTCSeconds()}</tt:Second>`;
  const date = `<tt:Year>${now.getUTCFullYear()}</tt:Year><tt:Month>${now.getUTCMonth() + 1}</tt:Month><tt:Day>${now.getUTCDate()}</tt:Day>`;
  const utc = `<tt:UTCDateTime><tt:Time>${time}</tt:Time><tt:Date>${date}</tt:Date></tt:UTCDateTime>`;
  return `<tds:GetSystemDateAndTimeResponse xmlns:tds="http://www.onvif.org/ver10/device/wsdl" ${tt}><tds:SystemDateAndTime>${utc}</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`;
}

function profileXml({ token, name, encoding }: OnvifProfile, media: keyof typeof versions, prefix: string): string {
  const encoder = (tag: string): string => `<${tag} token="e"><tt:Name>encoder</tt:Name><tt:Encoding>${encoding}</tt:Encoding></${tag}>`;
  const video =
    media === 'media2'
      ? `<tr2:Configurations>${encoding === undefined ? '' : encoder('tr2:VideoEncoder')}</tr2:Configurations>`
      : `${encoding === undefined ? '' : encoder('tt:VideoEncoderConfiguration')}`;
  const names = media === 'media2' ? 'tr2:Name' : 'tt:Name';
  return `<${prefix}:Profiles token="${token}" fixed="true"><${names}>${escapeXml(name)}</${names}>${video}</${prefix}:Profiles>`;
}

type Refusal = (answer: ServerResponse) => void;
type Gate = (request: IncomingMessage, text: string) => Refusal | undefined;

const realm = 'camera';

/** Undefined: let in. */
function createGate({ login, proof = 'token', clockShiftMs = 0 }: OnvifCameraOptions): Gate {
  if (login === undefined) return () => undefined;
  const at = login.indexOf(':');
  const [user, password] = [login.slice(0, at), login.slice(at + 1)];
  const seen = new Set<string>();
  if (proof === 'token') {
    return (_, text) => (hasToken(text, { user, password, seen, now: Date.now() + clockShiftMs }) ? undefined : refuseToken);
  }
  const nonce = randomBytes(8).toString('hex');
  const header = `Digest realm="${realm}", qop="auth", nonce="${nonce}", opaque="xyz"${proof === 'md5' ? '' : ', algorithm=SHA-256'}`;
  return (request, text) => {
    const isLetIn = !text.includes('UsernameToken') && hasDigest(request, { user, password, seen, nonce, proof });
    return isLetIn ? undefined : (answer) => send(answer, 401, 'no', { 'www-authenticate': ['Basic realm="old"', header] });
  };
}

interface TokenCheck {
  readonly user: string;
  readonly password: string;
  readonly seen: Set<string>;
  readonly now: number;
}

/** Web Services Security UsernameToken Profile 1.0: Base64(SHA-1(nonce + created + password)), not older than 5 s, once. */
function hasToken(text: string, { user, password, seen, now }: TokenCheck): boolean {
  const field = (name: string): string => new RegExp(`<${name}\\b[^>]*>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
  const [nonce, created] = [field('Nonce'), field('Created')];
  const expected = createHash('sha1')
    .update(Buffer.concat([Buffer.from(nonce, 'base64'), Buffer.from(created), Buffer.from(password)]))
    .digest('base64');
  const isFresh = Math.abs(Date.parse(created) - now) < 5_000 && !seen.has(nonce);
  seen.add(nonce);
  return isFresh && field('Username') === escapeXml(user) && field('Password') === expected;
}

interface DigestCheck {
  readonly user: string;
  readonly password: string;
  readonly seen: Set<string>;
  readonly nonce: string;
  readonly proof: string;
}

/** RFC 7616, each count once. */
function hasDigest({ headers, method, url }: IncomingMessage, { user, password, seen, nonce, proof }: DigestCheck): boolean {
  const header = headers.authorization ?? '';
  const field = (name: string): string => new RegExp(`\\b${name}="?([^",]*)`).exec(header)?.[1] ?? '';
  const hash = (text: string): string => createHash(proof).update(text).digest('hex');
  const [ha1, ha2] = [hash(`${user}:${realm}:${password}`), hash(`${method}:${url}`)];
  const isFresh = field('nonce') === nonce && !seen.has(field('nc'));
  seen.add(field('nc'));
  const expected = hash(`${ha1}:${nonce}:${field('nc')}:${field('cnonce')}:auth:${ha2}`);
  return isFresh && field('uri') === url && field('opaque') === 'xyz' && field('response') === expected;
}

function refuseToken(answer: ServerResponse): void {
  send(answer, 400, fault('s:Sender', 'ter:NotAuthorized', 'Sender not Authorized'));
}

function fault(code: string, subcode: string, reason: string): string {
  return `<s:Fault><s:Code><s:Value>${code}</s:Value><s:Subcode><s:Value>${subcode}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">${reason}</s:Text></s:Reason></s:Fault>`;
}

function send(answer: ServerResponse, status: number, body: string, headers: Readonly<Record<string, string[]>> = {}): void {
  answer.writeHead(status, { 'content-type': 'application/soap+xml; charset=utf-8', ...headers });
  const namespaces = 'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:ter="http://www.onvif.org/ver10/error"';
  answer.end(`<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope ${namespaces}><s:Body>${body}</s:Body></s:Envelope>`);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Answers WS-Discovery on the loopback network; `answer` is told the id of the question. Answers how to end it. */
export async function answerProbes(answer: (id: string) => string | undefined): Promise<() => Promise<void>> {
  const [group, port] = ['239.255.255.250', 3702];
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.on('message', (bytes, from) => {
    const id = /<MessageID[^>]*>([^<]+)</.exec(bytes.toString())?.[1] ?? '';
    const text = bytes.includes('dn:NetworkVideoTransmitter') ? answer(id) : undefined;
    if (text !== undefined) socket.send(text, from.port, from.address);
  });
  socket.bind(port, group);
  await once(socket, 'listening');
  socket.addMembership(group, '127.0.0.1');
  return async () => {
    socket.close();
    await once(socket, 'close');
  };
}

export function probeMatch(id: string, addresses: string, scopes: string): string {
  const [d, a] = ['http://schemas.xmlsoap.org/ws/2005/04/discovery', 'http://schemas.xmlsoap.org/ws/2004/08/addressing'];
  const match = `<d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:1</a:Address></a:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>${scopes}</d:Scopes><d:XAddrs>${addresses}</d:XAddrs></d:ProbeMatch>`;
  return `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="${a}" xmlns:d="${d}"><s:Header><a:RelatesTo>${id}</a:RelatesTo></s:Header><s:Body><d:ProbeMatches>${match}</d:ProbeMatches></s:Body></s:Envelope>`;
}
