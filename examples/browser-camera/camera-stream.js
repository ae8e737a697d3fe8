/**
 * /ws/camera-stream from a browser, with nothing but the browser's own means. Copy it.
 * Messages: /api/v1/asyncapi.json of the server, and docs/guides/streams.md.
 */

/** An error as the server names it: `code` for programs, `message` in the reader's language. */
export class ServerError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** @returns a caller of the REST API as this user: (method, path, body) → JSON. @throws ServerError */
export async function signIn({ server, language, username, password }) {
  const call = async (method, path, body, token) => {
    const headers = { 'accept-language': language };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    const answer = await fetch(`${server}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    const json = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new ServerError(json.code ?? String(answer.status), json.detail ?? json.title ?? answer.statusText);
    return json;
  };
  const { access_token } = await call('POST', '/auth/login', { username, password });
  return (method, path, body) => call(method, path, body, access_token);
}

/**
 * A connection for this camera's frames. Resolves when it stands.
 * @param form 'binary' (images as they are) or 'json' (images in base64, a third larger)
 * @param onMessage (message, image): each message of the server; `image` is a Blob where it brings one
 * @param onClose (code, reason): once, when the connection has ended
 */
export async function openCameraStream({ api, server, language, form, onMessage, onClose }) {
  // A browser cannot send a token when it opens a WebSocket: it brings a ticket, good once and for 30 seconds.
  const { ticket } = await api('POST', '/ws-tickets');
  const address = new URL('/ws/camera-stream', server);
  address.protocol = address.protocol.replace('http', 'ws');
  address.search = new URLSearchParams({ ticket, lang: language });
  const socket = new WebSocket(address, form === 'binary' ? ['imageflow.binary.v1'] : []);
  socket.binaryType = 'arraybuffer';
  socket.onmessage = ({ data }) => onMessage(...(typeof data === 'string' ? readText(data) : readBinary(data)));
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    // Browsers tell a page neither status nor text of a refused connection.
    socket.onclose = ({ code }) => reject(new ServerError(String(code), address.host));
  });
  socket.onclose = ({ code, reason }) => onClose(code, reason);
  if (socket.readyState > WebSocket.OPEN) onClose(1006, '');
  return {
    /** start, config, pause, resume, stop. */
    send: (message) => socket.send(JSON.stringify(message)),
    /** `image`: a JPEG, PNG or WebP as a Blob; `head`: frame_id, timestamp_ms and the like. */
    async sendFrame(head, image) {
      const message = await (form === 'binary' ? writeBinary(head, image) : writeText(head, image));
      if (socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    /** What the network has not taken yet. Frames on top of it would only come late. */
    bufferedBytes: () => socket.bufferedAmount,
    close: () => socket.close(1000),
  };
}

/** 4 bytes, the length of the head, big-endian · the head, JSON in UTF-8 · the image. */
function writeBinary(head, image) {
  const text = new TextEncoder().encode(JSON.stringify({ type: 'video_frame', ...head }));
  const length = new DataView(new ArrayBuffer(4));
  length.setUint32(0, text.length);
  return new Blob([length, text, image]).arrayBuffer();
}

function readBinary(data) {
  const length = new DataView(data).getUint32(0);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  return [head, new Blob([new Uint8Array(data, 4 + length)], { type: head.content_type })];
}

async function writeText(head, image) {
  return JSON.stringify({ type: 'video_frame', ...head, frame_data: await toBase64(image) });
}

function readText(data) {
  const { processed_data: base64, ...message } = JSON.parse(data);
  if (base64 === undefined) return [message, undefined];
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return [message, new Blob([bytes], { type: message.content_type })];
}

function toBase64(image) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    // "data:image/jpeg;base64,…"
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(image);
  });
}
