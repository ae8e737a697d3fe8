/** The page: camera → frames → answers as boxes, a list and figures. The protocol is in camera-stream.js. */
import { openCameraStream, ServerError, signIn } from './camera-stream.js';
import { drawBoxes, listDetections } from './results.js';
import { language, text, translate } from './texts.js';

const $ = (id) => document.getElementById(id);
const [account, controls, video] = [$('account'), $('controls'), $('video')];
const canvas = document.createElement('canvas');
/** Frames sent and not settled. One is worked on while the next travels; more would only wait. */
const maxOnTheWay = 2;
/** A frame that the server gave up is not answered: after this long the next one goes all the same. */
const patienceMs = 500;
const none = { detections: [], frame_width: 1, frame_height: 1 };
const maxBufferedBytes = 256 * 1024;

let api;
let stream;
let state = 'signedOut';
let sent = { id: 0, at: 0 };
let settledId = 0;
let isSending = false;

translate();
$('language').search = `?lang=${language === 'ja' ? 'en' : 'ja'}`;
account.server.value = new URLSearchParams(location.search).get('server') ?? `${location.protocol}//${location.hostname}:8080`;
enter(state);

onSubmit(account, async () => {
  const [server, username, password] = ['server', 'username', 'password'].map((name) => account[name].value);
  const call = await signIn({ server: new URL(server).origin, language, username, password });
  // A browser does not tell a page why a WebSocket was refused: better ask before.
  const { actions } = await call('GET', '/auth/me');
  if (!actions.includes('streams:run')) throw new Error(text.notAllowed);
  api = call;
  account.password.value = '';
  const { items } = await api('GET', '/pipelines?limit=200');
  $('pipelines').replaceChildren(...items.map(({ pipeline_id, name }) => new Option(name, pipeline_id)));
  if (controls.pipeline.value === '' && items.length > 0) controls.pipeline.value = items[0].pipeline_id;
  if (stream === undefined) enter('ready');
});

onSubmit(controls, async ({ submitter }) => {
  const wishes = readWishes();
  if (stream !== undefined) return stream.send({ type: submitter.name === 'start' ? 'start' : 'config', ...wishes });
  enter('opening');
  await openCamera();
  const server = new URL(account.server.value).origin;
  stream = await openCameraStream({ api, server, language, form: controls.form.value, onMessage: receive, onClose: closed });
  stream.send({ type: 'start', ...wishes });
});
$('pause').onclick = () => stream?.send({ type: state === 'paused' ? 'resume' : 'pause' });
$('stop').onclick = () => stream?.close();

/** @throws Error with what to do */
function readWishes() {
  let parameters;
  try {
    parameters = JSON.parse(controls.parameters.value.trim() || '{}');
  } catch {}
  if (parameters === null || typeof parameters !== 'object' || Array.isArray(parameters)) throw new Error(text.badJson);
  return { pipeline_id: controls.pipeline.value.trim(), parameters, output: controls.image.checked ? 'image' : 'none' };
}

async function openCamera() {
  const [width, height] = controls.size.value.split('x').map(Number);
  try {
    // Only https and localhost have mediaDevices at all.
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width, height, facingMode: 'environment' } });
    await video.play();
  } catch (error) {
    throw new Error(`${text.noCamera} (${error.message})`);
  }
  $('stage').style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`;
  video.requestVideoFrameCallback(onFrame);
}

/** The browser calls it with each new picture of the camera. */
function onFrame() {
  if (video.srcObject === null) return;
  video.requestVideoFrameCallback(onFrame);
  const isFull = sent.id - settledId >= maxOnTheWay && performance.now() - sent.at < patienceMs;
  if (state !== 'running' || isSending || isFull || stream.bufferedBytes() > maxBufferedBytes) return;
  isSending = true;
  sendFrame()
    .catch((error) => complain(error, 'frame'))
    .finally(() => {
      isSending = false;
    });
}

async function sendFrame() {
  sent = { id: sent.id + 1, at: performance.now() };
  const head = { frame_id: sent.id, timestamp_ms: Date.now(), source_id: 'browser' };
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d').drawImage(video, 0, 0);
  const image = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.85));
  await stream?.sendFrame(head, image);
}

function receive(message, image) {
  switch (message.type) {
    case 'snapshot':
      return;
    case 'stream_state':
      return enter(message.state);
    case 'error':
      return complain(message.error);
    case 'stream_stats':
      return showFigures(message);
    case 'processed_frame':
      return showResult(message, image);
  }
}

function showResult(message, image) {
  // Answers keep the order of the frames: those before it are settled, too.
  settledId = Math.max(settledId, message.frame_id);
  if (message.error !== undefined) return complain(message.error, 'frame');
  if (concern === 'frame') complain();
  $('boxes').dataset.frame = message.frame_id;
  // What was on the way when the pause began.
  if (state === 'running') showDetections(message);
  $('processed').hidden = image === undefined;
  if (image !== undefined) showImage($('picture'), image).catch((error) => complain(error, 'frame'));
}

function showDetections(result) {
  drawBoxes($('boxes'), result);
  listDetections($('list'), result.detections);
}

async function showImage(element, image) {
  const bitmap = await createImageBitmap(image);
  element.width = bitmap.width;
  element.height = bitmap.height;
  element.getContext('2d').drawImage(bitmap, 0, 0);
  bitmap.close();
}

function showFigures(stats) {
  for (const output of $('figures').querySelectorAll('[data-figure]')) {
    const value = stats[output.dataset.figure];
    output.textContent = value === null ? '–' : Math.round(value);
  }
  $('figures').dataset.sequence = stats.sequence;
}

function closed(code, reason) {
  stream = undefined;
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
  enter('stopped');
  if (code !== 1000) complain({ code: `${code} ${reason}`.trim(), message: text.closed });
}

/** Shows the state, and which buttons make sense in it. */
function enter(next) {
  if (next === 'running' && state !== 'running') complain();
  state = next;
  // Boxes of an old frame would point at nothing in the living picture.
  if (state !== 'running') showDetections(none);
  const isOpen = stream !== undefined;
  const isLive = isOpen && ['running', 'paused', 'waiting'].includes(state);
  $('state').textContent = text[state === 'failed' ? 'failedState' : state];
  $('state').dataset.state = state;
  controls.fields.disabled = api === undefined || state === 'opening';
  for (const name of ['form', 'size']) for (const field of controls.querySelectorAll(`[name=${name}]`)) field.disabled = isOpen;
  controls.start.hidden = isLive;
  controls.apply.hidden = !isLive;
  $('pause').disabled = !isLive;
  $('pause').textContent = state === 'paused' ? text.resume : text.pause;
  $('stop').disabled = !isOpen;
}

/** What the error shown is about: one frame, which the next good one settles, or what somebody asked for. */
let concern;

/** Without an error: takes the last one away. */
function complain(error, about = 'request') {
  concern = about;
  const words = error === undefined ? '' : [error.code, error.message].filter(Boolean).join(': ');
  if ($('error').textContent !== words) $('error').textContent = words;
}

function onSubmit(form, act) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    complain();
    try {
      await act(event);
    } catch (error) {
      // fetch tells no more than that it failed.
      complain(error instanceof TypeError ? { message: text.unreachable } : error);
      if (error instanceof ServerError && error.code === 'UNAUTHENTICATED') api = undefined;
      if (stream === undefined) closedBeforeStart();
    }
  });
}

function closedBeforeStart() {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
  enter(api === undefined ? 'signedOut' : 'ready');
}
