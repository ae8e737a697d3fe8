/** What is printed: results to standard output, everything about the stream to standard error. */
import type { CameraAnswer, CameraCounts } from '@imageflow/client';
import type { LocalizedText } from '@imageflow/core';
import type { Say } from '../language.ts';
import type { Second } from './figures.ts';

/** undefined: nothing was found, nothing to say. */
export function toLine({ message, latencyMs }: CameraAnswer): string | undefined {
  const head = `${timeOf(message.timestamp_ms)}  #${message.frame_id}`;
  if (message.error !== undefined) return `${head}  ! ${message.error.message}`;
  if (message.detections.length === 0) return undefined;
  const found = message.detections.map(({ class_name, confidence, bbox_original: box, track_id }) => {
    const track = track_id === undefined ? '' : ` (${track_id})`;
    return `${class_name}${track} ${Math.round(confidence * 100)}% [${[box.x, box.y, box.width, box.height].map(Math.round).join(' ')}]`;
  });
  return `${head}  ${found.join(', ')}  ${Math.round(latencyMs)} ms`;
}

export function toJsonLine({
  message: { type: _type, sequence: _sequence, content_type: _form, ...message },
  latencyMs,
}: CameraAnswer): string {
  return JSON.stringify({ ...message, latency_ms: Math.round(latencyMs * 10) / 10 });
}

export function statsLine({ fps, p50, p95 }: Second, dropped: number, failed: number, say: Say): string {
  const latency = { ja: `遅延 p50 ${show(p50)} p95 ${show(p95)} ms`, en: `latency p50 ${show(p50)} p95 ${show(p95)} ms` };
  return say({
    ja: `${fps.toFixed(1)} fps  ${latency.ja}  破棄 ${dropped}${failed > 0 ? `  失敗 ${failed}` : ''}`,
    en: `${fps.toFixed(1)} fps  ${latency.en}  dropped ${dropped}${failed > 0 ? `  failed ${failed}` : ''}`,
  });
}

export function summary(counts: CameraCounts, all: Second, found: ReadonlyMap<string, number>, say: Say): string {
  const { offered, answered, failed, dropped } = counts;
  const classes = [...found].map(([name, count]) => `${name} ${count}`).join(', ');
  const text: LocalizedText = {
    ja: `フレーム ${offered}、結果 ${answered}（失敗 ${failed}）、破棄 ${dropped}\n${statsText(all, 'ja')}\n検出: ${classes || 'なし'}`,
    en: `${offered} frames, ${answered} answered (${failed} failed), ${dropped} dropped\n${statsText(all, 'en')}\nFound: ${classes || 'nothing'}`,
  };
  return say(text);
}

function statsText({ fps, p50, p95 }: Second, language: 'ja' | 'en'): string {
  const word = language === 'ja' ? '遅延' : 'latency';
  return `${fps.toFixed(1)} fps, ${word} p50 ${show(p50)} p95 ${show(p95)} ms`;
}

function show(ms: number | undefined): string {
  return ms === undefined ? '–' : String(ms);
}

/** Of this machine's clock, e.g. "09:41:07.512". */
function timeOf(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
