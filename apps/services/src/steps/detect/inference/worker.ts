/**
 * The inference thread: holds the loaded models, runs them, reduces their output to boxes or scores. onnxruntime's Node binding runs a model
 * on the calling thread (20 ms to seconds), so it must not be the one that answers health checks and cancellations.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { boxFields, readEndToEndBoxes, readRawBoxes } from './boxes.ts';
import type {
  Answers,
  EndMessage,
  Implausible,
  Job,
  JobMessage,
  OpenJob,
  RunAnswer,
  RunJob,
  ThreadSettings,
  TrialRun,
  TryJob,
} from './messages.ts';
import { judgeColumns, judgeRows } from './plausible.ts';
import { isDistribution } from './scores.ts';
import { createSessions, type LoadedModel, runModel, toFloats } from './sessions.ts';

const port = parentPort;
if (port === null) throw new Error('This file is the entry of a worker thread.');
const sessions = createSessions(workerData as ThreadSettings);

/** One after the other: two at once would only take turns on the same cores. */
let previous: Promise<void> = Promise.resolve();
port.on('message', (message: JobMessage | EndMessage) => {
  previous = previous.then(() => (message.kind === 'job' ? answer(message) : port.close()));
});

async function answer({ id, job }: JobMessage): Promise<void> {
  try {
    const done = await perform(job);
    const transfer = done !== null && 'values' in done ? [done.values.buffer as ArrayBuffer, done.input] : [];
    port?.postMessage({ id, outcome: { ok: true, answer: done }, loaded: sessions.loaded() }, transfer);
  } catch (error) {
    port?.postMessage({ id, outcome: { ok: false, error }, loaded: sessions.loaded() });
  }
}

async function perform(job: Job): Promise<Answers[keyof Answers]> {
  switch (job.kind) {
    case 'open':
      return open(job);
    case 'try':
      return tryOut(job);
    case 'run':
      return run(job);
    case 'close':
      await sessions.close(job.sha256);
      return null;
  }
}

async function open(job: OpenJob): Promise<Answers['open']> {
  const { sha256, sizeBytes, io } = await sessions.open(job.path);
  return { sha256, sizeBytes, ...io };
}

async function tryOut(job: TryJob): Promise<TrialRun> {
  const loaded = await sessions.use(job.model);
  const grey = new Float32Array(3 * job.width * job.height).fill(0.5);
  const input = job.type === 'float16' ? new Uint16Array(grey.length).fill(0x3800) : grey;
  const outputName = loaded.io.outputs[0]?.name ?? '';
  const output = await runModel(loaded, { ...job, outputName }, input);
  const values = output.type === 'float32' || output.type === 'float16' ? toFloats(output) : new Float32Array();
  return {
    output: { name: outputName, type: output.type, dims: [...output.dims] },
    isDistribution: output.dims.length === 2 && isDistribution(values),
    implausible: judge(values, output.dims, job.classCount),
  };
}

function judge(values: Float32Array, dims: readonly number[], classCount: number | undefined): Implausible | undefined {
  const [, , columns = 0] = dims;
  if (dims.length !== 3) return undefined;
  return columns === boxFields ? judgeRows(values, classCount) : judgeColumns(values, columns);
}

async function run(job: RunJob): Promise<RunAnswer> {
  const loaded: LoadedModel = await sessions.use(job.model);
  const input = job.type === 'float16' ? new Uint16Array(job.input) : new Float32Array(job.input);
  const output = await runModel(loaded, job, input);
  const [, rows = 0, columns = 0] = output.dims;
  const floats = toFloats(output);
  const { reduce } = job;
  if (reduce.kind === 'raw') return { values: readRawBoxes(floats, rows, columns, reduce.limits), input: job.input };
  if (reduce.kind === 'end_to_end') return { values: readEndToEndBoxes(floats, rows, reduce.limits), input: job.input };
  return { values: floats.slice(), input: job.input };
}
