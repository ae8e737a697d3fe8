/** Live video as people meet it: the page of examples/browser-camera in Chromium, its camera, the whole way to the detector and back. */
import type { Server } from 'node:http';
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { userPassword } from '../../apps/backend/src/testing/backend.ts';
import { servePage } from '../../examples/browser-camera/serve.ts';
import { isWithout } from '../../scripts/servers/index.ts';
import { type Box, type CameraBrowser, makePicture, openBrowser, overlap, type Picture } from './browser.ts';
import { openStreamLab, type StreamLab } from './lab.ts';

/** Each wait of a test; a test has several. */
const waitMs = 30_000;

describe.skipIf(isWithout('chromium'))('a browser with a camera', { timeout: 120_000 }, () => {
  let server: Server;
  let origin: string;
  let lab: StreamLab;
  let picture: Picture;
  let camera: CameraBrowser;
  let page: Page;

  beforeAll(async () => {
    server = await servePage(0);
    const address = server.address();
    origin = `http://localhost:${typeof address === 'object' ? address?.port : ''}`;
    picture = await makePicture('4000_0012.png');
    [lab, camera] = await Promise.all([openStreamLab({ IMAGEFLOW_CORS_ORIGINS: origin }), openBrowser(picture)]);
  }, 120_000);
  afterEach(() => page?.close());
  afterAll(async () => {
    await camera?.close();
    await lab?.close();
    server?.close();
  });

  async function openPage(role: 'engineer' | 'viewer' = 'engineer'): Promise<void> {
    await lab.backend.login(role);
    page = await camera.browser.newPage();
    page.setDefaultTimeout(waitMs);
    await page.goto(`${origin}/?lang=en&server=${lab.address}`);
    await page.type('[name=username]', `${role}-of-the-tests`);
    await page.type('[name=password]', userPassword);
    await page.click('#account button');
  }
  async function start(pipeline: string, form: 'binary' | 'json' = 'binary'): Promise<void> {
    await stateIs('ready');
    await page.select('[name=form]', form);
    await write('[name=pipeline]', pipeline);
    await page.click('[name=start]');
  }
  const stateIs = (state: string) => page.waitForSelector(`#state[data-state=${state}]`);
  const write = (selector: string, text: string) => page.locator(selector).fill(text);
  // As texts: they run in the page, whose names this program does not have.
  const until = (expression: string) => page.waitForFunction(expression);
  const look = async <T>(expression: string): Promise<T> => (await page.evaluate(expression)) as T;
  const textOf = (selector: string) => look<string>(`document.querySelector('${selector}').textContent`);
  const errorIs = (part: string) => until(`document.querySelector('#error').textContent.includes('${part}')`);
  const frameId = "Number(document.querySelector('#boxes').dataset.frame ?? 0)";
  const statsNumber = "Number(document.querySelector('#figures').dataset.sequence ?? 0)";
  const boxesAre = (count: number) => until(`document.querySelectorAll('#boxes rect').length === ${count}`);
  async function moreStats(times: number): Promise<void> {
    for (let count = 0; count < times; count += 1) await until(`${statsNumber} > ${await look<number>(statsNumber)}`);
  }

  /** The frame that was on the way is still answered; then two seconds bring no other one. */
  async function lastAnswer(): Promise<number> {
    for (let round = 0; round < 10; round += 1) {
      const before = await look<number>(frameId);
      await moreStats(2);
      if ((await look<number>(frameId)) === before) return before;
    }
    throw new Error('answers go on');
  }

  /** Where boxes are on the screen, in pixels of the camera's picture as the screen shows it. */
  async function drawnBoxes(): Promise<{ readonly label: string; readonly box: Box }[]> {
    const { width, height } = picture;
    const rectOf = '(element) => (({ x, y, width, height }) => ({ x, y, width, height }))(element.getBoundingClientRect())';
    const shown = await look<Box>(`(${rectOf})(document.querySelector('video'))`);
    const rects = await look<{ label: string; box: Box }[]>(
      `[...document.querySelectorAll('#boxes rect')].map((rect) => ({ label: rect.dataset.class, box: (${rectOf})(rect) }))`,
    );
    // The picture keeps its shape, in the middle of its element.
    const scale = Math.min(shown.width / width, shown.height / height);
    const [left, top] = [shown.x + (shown.width - width * scale) / 2, shown.y + (shown.height - height * scale) / 2];
    return rects.map(({ label, box }) => ({
      label,
      box: { x: (box.x - left) / scale, y: (box.y - top) / scale, width: box.width / scale, height: box.height / scale },
    }));
  }

  /** Kinds of the messages that cross the wire (1 text, 2 binary), and when the server made its figures, ms. */
  async function watchWire(): Promise<{ readonly sent: Set<number>; readonly received: Set<number>; readonly statsAt: number[] }> {
    const wire = { sent: new Set<number>(), received: new Set<number>(), statsAt: [] as number[] };
    const session = await page.createCDPSession();
    session.on('Network.webSocketFrameSent', ({ response }) => wire.sent.add(response.opcode));
    session.on('Network.webSocketFrameReceived', ({ response: { opcode, payloadData } }) => {
      wire.received.add(opcode);
      if (payloadData.startsWith('{"type":"stream_stats"')) wire.statsAt.push(Date.parse(JSON.parse(payloadData).timestamp));
    });
    await session.send('Network.enable');
    return wire;
  }

  test.each(['binary', 'json'] as const)(
    'streams in the %s form: boxes lie on the known defects, figures come each second',
    async (form) => {
      await openPage();
      const wire = await watchWire();
      await start('live-defects', form);
      await stateIs('running');
      await boxesAre(picture.defects.length);
      const drawn = await drawnBoxes();
      for (const { label, box } of picture.defects) {
        const best = Math.max(...drawn.filter((each) => each.label === label).map((each) => overlap(each.box, box)));
        expect(best, `${label} at ${JSON.stringify(box)}, drawn ${JSON.stringify(drawn)}`).toBeGreaterThan(0.6);
      }
      expect(await textOf('#list')).toContain('scratch');
      const startedAt = performance.now();
      await moreStats(3);
      expect(performance.now() - startedAt).toBeGreaterThan(1_000);
      expect(Number(await textOf('[data-figure=fps_out]'))).toBeGreaterThan(0);
      expect([...wire.sent].sort()).toEqual(form === 'binary' ? [1, 2] : [1]);
    },
  );

  test.each(['binary', 'json'] as const)('shows the processed image that comes back in the %s form', async (form) => {
    await openPage();
    const wire = await watchWire();
    await stateIs('ready');
    await page.click('[name=image]');
    await start('live-small', form);
    await until("document.querySelector('#picture').width === 240");
    expect(wire.received.has(2)).toBe(form === 'binary');
  });

  test('a pipeline that there is not is named, and the right one then runs on the same connection', async () => {
    await openPage();
    await start('there-is-none');
    await errorIs('NOT_FOUND');
    await stateIs('failed');
    await write('[name=pipeline]', 'live-defects');
    await page.click('[name=start]');
    await stateIs('running');
    await boxesAre(picture.defects.length);
    expect(await textOf('#error')).toBe('');
  });

  test('pause stops the answers until resume; changed parameters hold at once; stop gives the camera back', async () => {
    await openPage();
    await start('live-defects');
    await boxesAre(picture.defects.length);
    await page.click('#pause');
    await stateIs('paused');
    const frame = await lastAnswer();
    await page.click('#pause');
    await stateIs('running');
    await until(`${frameId} > ${frame}`);
    await write('[name=parameters]', '{"detect": {"confidence_threshold": 0.99}}');
    await page.click('[name=apply]');
    await boxesAre(0);
    await write('[name=parameters]', '{"detect":');
    await page.click('[name=apply]');
    await errorIs('JSON');
    // Good frames do not take it away before it is read.
    const shown = await look<number>(frameId);
    await until(`${frameId} > ${shown + 5}`);
    await errorIs('JSON');
    await page.click('#stop');
    await stateIs('stopped');
    expect(await look("document.querySelector('video').srcObject")).toBeNull();
  });

  test('a role that may not stream is told so before the camera is opened', async () => {
    await openPage('viewer');
    await errorIs('role');
    expect(await look("document.querySelector('#state').dataset.state")).toBe('signedOut');
  });

  test('the reference of the API shows live video, with nothing from elsewhere', async () => {
    page = await camera.browser.newPage();
    const foreign: string[] = [];
    const failed: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(lab.address) && !/^(data|blob):/.test(request.url())) foreign.push(request.url());
    });
    page.on('response', (answer) => {
      if (answer.status() >= 400) failed.push(`${answer.status()} ${answer.url()}`);
    });
    page.on('pageerror', (error) => failed.push(String(error)));
    // Its list of operations is folded away on a narrow screen.
    await page.setViewport({ width: 1280, height: 900 });
    await page.goto(`${lab.address}/api/docs#tag/streams`);
    await page.waitForFunction("document.body.innerText.includes('Watch a stream as MJPEG')", { timeout: waitMs });
    expect({ foreign, failed }).toEqual({ foreign: [], failed: [] });
  });
});
