/** A camera: sends frames at a fixed rate over gRPC, whatever comes back, and times every answer. */
import { credentials, Metadata } from '@grpc/grpc-js';
import { loadServices, maxMessageBytes } from '@imageflow/api/grpc';

export interface StreamLoad {
  /** host:port of CameraStreamService. */
  readonly address: string;
  readonly pipelineId: string;
  readonly frames: readonly Buffer[];
  readonly fps: number;
  readonly seconds: number;
}

export interface Answered {
  /** Since the first frame. */
  readonly atMs: number;
  /** From sending the frame to reading its answer. */
  readonly latencyMs: number;
  readonly inferMs: number;
}

export interface StreamFigures {
  readonly sent: number;
  readonly answers: readonly Answered[];
  readonly failed: number;
  /** As the service counts them. */
  readonly dropped: number;
  readonly detections: number;
}

export async function runCamera({ address, pipelineId, frames, fps, seconds }: StreamLoad): Promise<StreamFigures> {
  const client = new (loadServices().CameraStreamService)(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.enable_http_proxy': 0,
  });
  const call = client.ProcessVideoStream(new Metadata());
  const sentAt = new Map<number, number>();
  const answers: Answered[] = [];
  const counts = { failed: 0, dropped: 0, detections: 0 };
  const startedAt = performance.now();
  call.on('data', (answer) => {
    const now = performance.now();
    counts.dropped = Number(answer.processing_stats.dropped);
    counts.detections += answer.detections.length;
    if (answer.error !== null) counts.failed += 1;
    const latencyMs = now - (sentAt.get(answer.frame_id) ?? now);
    sentAt.delete(answer.frame_id);
    answers.push({ atMs: now - startedAt, latencyMs, inferMs: Number(answer.processing_stats.infer_ms) });
  });
  const ended = new Promise<void>((resolve, reject) => {
    call.on('error', reject);
    call.on('end', resolve);
  });
  const total = fps * seconds;
  for (let index = 0; index < total; index++) {
    await until(startedAt + (index * 1000) / fps);
    const id = index + 1;
    sentAt.set(id, performance.now());
    const metadata = index === 0 ? { pipeline_id: pipelineId, source_id: 'bench' } : {};
    call.write({ frame_data: frames[index % frames.length] ?? Buffer.alloc(0), timestamp_ms: Date.now(), frame_id: id, metadata });
  }
  call.end();
  await ended;
  client.close();
  return { sent: total, answers, ...counts };
}

async function until(at: number): Promise<void> {
  const restMs = at - performance.now();
  if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
}
