/** What ONVIF devices answer, and what is made of it. No picture is read. */
import { execFileSync } from 'node:child_process';
import { discoverCameras, findRtsp } from '@imageflow/adapters/video';
import type { AppError } from '@imageflow/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answerProbes, type OnvifCamera, type OnvifCameraOptions, probeMatch, startOnvifCamera } from './onvif-camera.ts';

const login = { username: 'plant', password: 'p&ß日本"' };
const path = '/onvif/device_service';

async function start(options: OnvifCameraOptions = {}, uri = 'rtsp://10.9.8.7:8554/live?a=1&b=2'): Promise<OnvifCamera> {
  const camera = await startOnvifCamera(options);
  onTestFinished(() => camera.close());
  camera.uri = uri;
  return camera;
}

interface Wish {
  readonly credentials?: typeof login;
  readonly profile?: string;
  readonly signal?: AbortSignal;
}

function ask({ host }: Pick<OnvifCamera, 'host'>, { credentials, profile, signal = new AbortController().signal }: Wish = {}) {
  return findRtsp({ address: `http://${host}${path}`, credentials, profile, transport: 'tcp' }, signal);
}

async function failure(answer: Promise<string>): Promise<string> {
  const error: AppError = await answer.then(
    (address) => Promise.reject(new Error(`it found ${address}`)),
    (reason) => reason,
  );
  expect(error.detail.ja).not.toBe('');
  return `${error.code} ${error.detail.en}`;
}

test('the address lies on the host that was asked, whatever the camera calls itself', async () => {
  const camera = await start({ origin: 'http://10.9.8.7:8000' });
  expect(await ask(camera)).toBe('rtsp://127.0.0.1:8554/live?a=1&b=2');
});

test.each([
  ['rtsp://root:secret@10.9.8.7/a', 'rtsp://127.0.0.1/a'],
  ['rtsps://[fe80::1]:322/a b', 'rtsps://127.0.0.1:322/a%20b'],
  ['rtsp://10.9.8.7/user=admin&password=x#1', 'rtsp://127.0.0.1/user=admin&password=x#1'],
  ['rtsp://10.9.8.7', 'rtsp://127.0.0.1'],
])('%s becomes %s', async (uri, expected) => {
  expect(await ask(await start({}, uri))).toBe(expected);
});

test.each(['http://10.9.8.7/a', 'file:///etc/passwd', 'rtsp:.evil.example/a', 'rtsp:///a', '', 'nonsense'])(
  '"%s" is refused',
  async (uri) => {
    expect(await failure(ask(await start({}, uri)))).toMatch(/^CAMERA_UNREACHABLE .*it answers with no RTSP address/);
  },
);

test.each(['http://10.9.8.7//evil.example', 'http://evil.example/@evil.example'])(
  'services at %s are asked on the host that was named',
  async (origin) => {
    const camera = await start({ origin });
    await ask(camera);
    expect(camera.asked).toContain('GetProfiles');
  },
);

test.each(['ftp://10.9.8.7', 'foo:.evil.example'])('services at %s are none', async (origin) => {
  expect(await failure(ask(await start({ origin })))).toContain('no media service');
});

describe.each(['token', 'md5', 'sha256'] as const)('a login proven by %s', (proof) => {
  const camera = { login: `${login.username}:${login.password}`, proof, clockShiftMs: -40 * 365 * 86_400_000 };

  test('is accepted for all questions, on a camera whose clock stands at another year', async () => {
    const { asked, ...rest } = await start(camera);
    expect(await ask({ ...rest }, { credentials: login })).toContain('rtsp://');
    expect(asked).toEqual(['GetSystemDateAndTime', 'GetServices', 'GetProfiles', 'GetStreamUri p1']);
  });

  test('fails by name when it is wrong, and when there is none', async () => {
    const { host } = await start(camera);
    expect(await failure(ask({ host }, { credentials: { ...login, password: 'guess' } }))).toMatch(/^CAMERA_LOGIN_FAILED/);
    expect(await failure(ask({ host }))).toMatch(/^CAMERA_LOGIN_FAILED/);
  });
});

describe.each(['media1', 'media2', 'old'] as const)('profiles of %s', (media) => {
  test('the first with H.264 unless another is named by token or name', async () => {
    const camera = await start({ media });
    for (const profile of [undefined, 'p0', 'SubStream <2>', 'MainStream']) await ask(camera, profile === undefined ? {} : { profile });
    const tokens = camera.asked.filter((line) => line.startsWith('GetStreamUri')).map((line) => line.split(' ')[1]);
    expect(tokens).toEqual(['p1', 'p0', 'p1', 'p0']);
  });

  test('one that is not there is named together with those that are', async () => {
    const reason = await failure(ask(await start({ media }), { profile: 'Third' }));
    expect(reason).toBe(
      'CAMERA_UNREACHABLE The camera cannot be reached: it has no profile Third. It has: Sound (audio), MainStream (p0), SubStream <2> (p1)',
    );
  });

  test('without H.264 the first with video; without video none', async () => {
    const camera = await start({
      media,
      profiles: [
        { token: 'a', name: 'A' },
        { token: 'b', name: 'B', encoding: 'JPEG' },
      ],
    });
    await ask(camera);
    expect(camera.asked.at(-1)).toBe('GetStreamUri b');
    expect(await failure(ask(await start({ media, profiles: [{ token: 'a', name: 'A' }] })))).toContain('no profile with video');
  });
});

test.each(['fault', 'none'] as const)('a camera whose older service says of profiles: %s', async (media1) => {
  const camera = await start({ media: 'media2', media1 });
  await ask(camera);
  expect(camera.asked.slice(-3)).toEqual(['GetProfiles', 'GetProfiles', 'GetStreamUri p1']);
});

test('a camera with a certificate that it has signed itself', async () => {
  const camera = await start({ tls: makeCertificate(), login: `${login.username}:${login.password}` });
  const address = `https://${camera.host}`;
  const found = findRtsp({ address, credentials: login, profile: undefined, transport: 'tcp' }, AbortSignal.any([]));
  expect(await found).toContain('rtsp://127.0.0.1:8554/');
  expect(await failure(ask(camera))).toContain('CAMERA_UNREACHABLE');
});

function makeCertificate(): { readonly key: string; readonly cert: string } {
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-subj', '/CN=camera'];
  const text = execFileSync('openssl', [...kind, '-keyout', '-', '-out', '-'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  return { key: text, cert: text };
}

test('cameras of the network are found with what they say of themselves; what is no answer is left out', async () => {
  const scopes = 'onvif://www.onvif.org/Profile/Streaming onvif://www.onvif.org/name/Dock%201 onvif://www.onvif.org/hardware/NC-2000';
  const answers = [
    (id: string) => probeMatch(id, 'http://[fe80::1]/onvif http://127.0.0.1:8080/onvif http://10.9.8.7/onvif', scopes),
    (id: string) => probeMatch(id, 'http://10.9.8.7/onvif/device_service', 'onvif://www.onvif.org/name/%zz'),
    (id: string) => probeMatch(id, 'ftp://10.9.8.8/', ''),
    () => probeMatch('uuid:of-another', 'http://10.9.8.9/', ''),
    (id: string) => `nonsense ${id}`,
  ];
  const ends = await Promise.all(answers.map(answerProbes));
  onTestFinished(async () => {
    for (const end of ends) await end();
  });
  const found = await discoverCameras();
  expect(found.filter(({ address }) => /127\.0\.0\.1:8080|10\.9\.8\./.test(address))).toEqual([
    { address: 'http://10.9.8.7/onvif/device_service', name: '%zz', model: '', location: '' },
    { address: 'http://127.0.0.1:8080/onvif', name: 'Dock 1', model: 'NC-2000', location: '' },
  ]);
});

describe('no ONVIF device', () => {
  const soap = (body: string): string =>
    `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>${body}</s:Body></s:Envelope>`;
  const nested = (count: number): string =>
    Array.from({ length: count }, (_, index) => `<q xmlns:n${index}="u">`).join('') + '</q>'.repeat(count);

  test.each([
    ['a web page', 200, '<!DOCTYPE html><html><body>Welcome<br></body></html>'],
    ['a missing page', 404, 'Not Found'],
    ['an empty answer', 200, ''],
    ['other XML', 200, '<rss/>'],
    ['half an answer', 200, soap('<a>').slice(0, -20)],
    ['an answer without end', 200, soap(`<a>${'x'.repeat(600_000)}</a>`)],
    ['an answer that is costly to read', 200, soap(nested(12_000))],
    ['entities that grow', 200, `<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${soap('&b;')}`],
    ['a redirection', 302, ''],
  ])('%s', async (_, status, text) => {
    const camera = await start({ answer: (answer) => void answer.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(text) });
    const startedAt = performance.now();
    expect(await failure(ask(camera))).toMatch(/^CAMERA_UNREACHABLE .*it does not answer as an ONVIF device/);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test('one that answers all questions with nothing, and one that refuses them', async () => {
    expect(await failure(ask(await start({ answer: (answer) => void answer.end(soap('')) })))).toContain('no media service');
    const fault = '<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text>Out of memory</s:Text></s:Reason></s:Fault>';
    const full = await start({ answer: (answer) => void answer.writeHead(500).end(soap(fault)) });
    expect(await failure(ask(full))).toContain('it refused what ONVIF asks for: Out of memory (s:Receiver)');
  });

  test('nobody there, no such host, a connection that is closed', async () => {
    expect(await failure(ask({ host: '127.0.0.1:1' }))).toContain('the connection was refused');
    expect(await failure(ask({ host: 'no-such-camera.invalid' }))).toContain('there is no such host');
    expect(await failure(ask(await start({ answer: (answer) => void answer.destroy() })))).toContain('it closed the connection');
  });

  test('one that hangs, and one that answers letter by letter, have 5 s', async () => {
    const hanging = await start({ answer: () => undefined });
    const slow = await start({ answer: (answer) => void setInterval(() => answer.write(' '), 200).unref() });
    const startedAt = performance.now();
    const reasons = await Promise.all([hanging, slow].map((camera) => failure(ask(camera))));
    for (const reason of reasons) expect(reason).toContain('it did not answer by ONVIF within 5 s');
    expect(performance.now() - startedAt).toBeLessThan(6_500);
  });

  test('the question can be taken back', async () => {
    const camera = await start({ answer: () => undefined });
    const startedAt = performance.now();
    expect(await failure(ask(camera, { signal: AbortSignal.timeout(100) }))).toMatch(/^CANCELLED/);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
