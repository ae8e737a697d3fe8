/** What goes into a model and what comes out: decided from its file, checked by one run. */
import type { LocalizedText } from '@imageflow/core';
import type { Implausible, SessionIo, TensorDescription, TensorType, TrialRun } from '../inference/messages.ts';
import { ModelFault } from './faults.ts';

export type Task = 'detect' | 'classify';
/** Adapter types users name instead of a model: "yolo11" detects, "resnet50" classifies. */
export type Adapter = 'yolo11' | 'resnet50';
export const adapters: readonly Adapter[] = ['yolo11', 'resnet50'];

export interface ModelInput {
  readonly name: string;
  readonly type: TensorType;
  /** Pixels. With a dynamic axis: the largest side used. */
  readonly width: number;
  readonly height: number;
  readonly isDynamic: boolean;
  /** Dynamic sides are multiples of it. */
  readonly stride: number;
}

/**
 * letterbox: scaled to fit, padded with grey, RGB/255. imagenet: short side resized, centre cut out, mean and deviation of ImageNet.
 * centre: the same without mean and deviation (YOLO's classifiers).
 */
export type Preparation = 'letterbox' | 'imagenet' | 'centre';

/**
 * raw: [1, 4+classes, n] of cx, cy, w, h and a score per class. end_to_end: [1, n, 6] of x1, y1, x2, y2, score, class.
 * logits, probabilities: [1, classes]. Boxes are in pixels of the model's input.
 */
export type OutputLayout = 'raw' | 'end_to_end' | 'logits' | 'probabilities';

export interface ModelContract {
  readonly task: Task;
  readonly adapter: Adapter;
  readonly input: ModelInput;
  readonly outputName: string;
  readonly layout: OutputLayout;
  readonly preparation: Preparation;
  /** Short side before the centre is cut out (classifiers), pixels. */
  readonly resizeSide: number;
  readonly classNames: readonly string[];
}

/** What a model's file and the files beside it say. */
export interface ModelFacts {
  readonly metadata: ReadonlyMap<string, string>;
  readonly classNames: readonly string[] | undefined;
  /** From a settings file: torchvision's V2 weights want 232 instead of 256. */
  readonly resizeSide: number | undefined;
}

const defaultSide: Readonly<Record<Task, number>> = { detect: 640, classify: 224 };
const sideLimit = 4096;

/** Throws ModelFault: what the input must look like. */
export function decideInput(io: SessionIo, metadata: ReadonlyMap<string, string>): ModelInput {
  const [input] = io.inputs;
  if (input === undefined || io.inputs.length > 1) {
    throw new ModelFault(
      `入力が ${io.inputs.length} 個あります。画像の入力一つだけのモデルが必要です`,
      `It has ${io.inputs.length} inputs; a model with one image input is needed`,
    );
  }
  const type = input.type;
  if (type !== 'float32' && type !== 'float16') throw wrongInput(input);
  const [batch, channels, height, width] = input.dims;
  const hasShape = input.dims.length === 4 && (batch ?? 1) === 1 && (channels ?? 3) === 3;
  if (!hasShape || !isSide(height) || !isSide(width)) throw wrongInput(input);
  const wanted = readImageSize(metadata) ?? squareOf(defaultSide[guessTask(metadata, io)]);
  return {
    name: input.name,
    type,
    width: width ?? wanted.width,
    height: height ?? wanted.height,
    isDynamic: width === undefined && height === undefined,
    stride: readStride(metadata),
  };
}

/** Throws ModelFault. `trial` is what one run of the model answered. */
export function decideContract(io: SessionIo, input: ModelInput, trial: TrialRun, facts: ModelFacts): ModelContract {
  refuseOtherTasks(facts.metadata);
  const task = trial.output.dims.length === 2 ? 'classify' : 'detect';
  const given = facts.metadata.get('task');
  if (given !== undefined && given !== task) throw wrongOutput(trial.output, `task=${given}`);
  return task === 'classify' ? classifier(input, trial, facts) : detector(io, input, trial, facts);
}

/** Which names a classifier without names has: 1000 outputs are ImageNet's. */
export const imageNetClasses = 1000;

function classifier(input: ModelInput, trial: TrialRun, facts: ModelFacts): ModelContract {
  const { output } = trial;
  const count = output.dims[1] ?? 0;
  if (output.dims[0] !== 1 || count < 1) throw wrongOutput(output);
  const isYolo = facts.metadata.get('task') === 'classify';
  const side = Math.min(input.width, input.height);
  if (count === 1) throw oneClass(output);
  return {
    task: 'classify',
    adapter: 'resnet50',
    input: { ...input, isDynamic: false },
    outputName: output.name,
    layout: trial.isDistribution ? 'probabilities' : 'logits',
    preparation: isYolo ? 'centre' : 'imagenet',
    resizeSide: Math.max(facts.resizeSide ?? (isYolo ? side : Math.round((side * 256) / 224)), side),
    classNames: requireNames(facts.classNames, count),
  };
}

/** The last dimension decides: a model with two classes has 6 in the middle too. `end2end` in the metadata is not asked, it may lie. */
function detector(io: SessionIo, input: ModelInput, trial: TrialRun, facts: ModelFacts): ModelContract {
  const { output } = trial;
  const [batch, rows = 0, columns = 0] = output.dims;
  if (output.dims.length !== 3 || batch !== 1 || io.outputs.length > 1) throw wrongOutput(output, `${io.outputs.length} outputs`);
  const isEndToEnd = columns === 6;
  if (!isEndToEnd && rows < 5) throw wrongOutput(output);
  if (!isEndToEnd) refuseTransposed(output, facts.classNames);
  const classNames = requireNames(facts.classNames, isEndToEnd ? undefined : rows - 4);
  if (trial.implausible !== undefined) throw implausibleOutput(output, trial.implausible);
  return {
    task: 'detect',
    adapter: 'yolo11',
    input,
    outputName: output.name,
    layout: isEndToEnd ? 'end_to_end' : 'raw',
    preparation: 'letterbox',
    resizeSide: 0,
    classNames,
  };
}

/** More rows than this are candidates, not classes, when the names do not say otherwise. */
const fewestCandidates = 1000;

/** YOLOv5 and some converters write [1, n, 4+classes], with or without an objectness. */
function refuseTransposed(output: TensorDescription, names: readonly string[] | undefined): void {
  const [, rows = 0, columns = 0] = output.dims;
  const count = names?.length ?? 0;
  if (rows <= columns || rows === count + 4) return;
  const isTransposed = columns === count + 4 || columns === count + 5 || rows > fewestCandidates;
  if (isTransposed) throw wrongOutput(output, 'YOLOv5 / transposed');
}

function requireNames(names: readonly string[] | undefined, count: number | undefined): readonly string[] {
  if (names === undefined) {
    throw new ModelFault(
      'クラス名がありません。モデルのメタデータ names か、ラベルファイル (<モデル名>.txt、.names、.json) で与えてください',
      'It has no class names. Give them in its metadata (names) or in a labels file beside it (<model>.txt, .names or .json)',
    );
  }
  if (count === undefined || names.length === count) return names;
  throw new ModelFault(
    `クラス名は ${names.length} 個ですが、モデルの出力は ${count} クラスです`,
    `There are ${names.length} class names, but the model answers ${count} classes`,
  );
}

function refuseOtherTasks(metadata: ReadonlyMap<string, string>): void {
  const task = metadata.get('task');
  if (task === undefined || task === 'detect' || task === 'classify') return;
  throw new ModelFault(
    `task=${task} のモデルには対応していません。使えるのは detect と classify です`,
    `Models of task=${task} are not supported; detect and classify are`,
  );
}

/** Before the first run only the metadata and the output's rank can tell. */
function guessTask(metadata: ReadonlyMap<string, string>, io: SessionIo): Task {
  return metadata.get('task') === 'classify' || io.outputs[0]?.dims.length === 2 ? 'classify' : 'detect';
}

/** "[640, 480]" is height, width; "640" both. */
function readImageSize(metadata: ReadonlyMap<string, string>): { width: number; height: number } | undefined {
  const sides = (metadata.get('imgsz') ?? '').match(/\d{1,5}/g)?.map(Number) ?? [];
  const [height, width = height] = sides;
  return isUsable(height) && isUsable(width) ? { width, height } : undefined;
}

function readStride(metadata: ReadonlyMap<string, string>): number {
  const stride = Number(metadata.get('stride'));
  return Number.isInteger(stride) && stride >= 1 && stride <= 256 ? stride : 32;
}

function squareOf(side: number): { width: number; height: number } {
  return { width: side, height: side };
}

function isSide(side: number | undefined): boolean {
  return side === undefined || isUsable(side);
}

function isUsable(side: number | undefined): side is number {
  return side !== undefined && side >= 1 && side <= sideLimit;
}

function wrongInput(input: TensorDescription): ModelFault {
  const has = describe(input);
  return new ModelFault(
    `入力は ${has} です。float32 か float16 の [1,3,高さ,幅] (一辺 ${sideLimit} まで、可変可) が必要です`,
    `Its input is ${has}; needed is float32 or float16 of [1,3,height,width], sides up to ${sideLimit} or dynamic`,
  );
}

function wrongOutput(output: TensorDescription, hint = ''): ModelFault {
  const has = `${describe(output)}${hint === '' ? '' : ` (${hint})`}`;
  return new ModelFault(
    `出力は ${has} です。検出は [1,4+クラス数,候補数] か [1,候補数,6]、分類は [1,クラス数] が必要です`,
    `Its output is ${has}; needed is [1,4+classes,n] or [1,n,6] for detection, [1,classes] for classification`,
  );
}

/** Softmax of one number is 1, whatever the image. */
function oneClass(output: TensorDescription): ModelFault {
  return new ModelFault(
    `出力は ${describe(output)} で、クラスが一つしかありません。クラスごとに一つの値 (例: 良品と不良品で [1,2]) を出力するよう書き出してください`,
    `Its output is ${describe(output)}, a single class. Export it with one value per class, e.g. [1,2] for good and bad`,
  );
}

const whyImplausible: Readonly<Record<Implausible, LocalizedText>> = {
  class_number: {
    ja: 'クラス番号が整数でないか、クラス名の数を超えています',
    en: 'its class numbers are not whole, or past its class names',
  },
  score: { ja: '確信度が 0 から 1 の範囲にありません', en: 'its scores do not lie between 0 and 1' },
  corners: { ja: '枠の右下が左上より前にあります', en: 'corners of its boxes are the wrong way round' },
  not_pixels: { ja: '枠の座標がピクセルではなく割合です', en: 'its boxes are fractions of the image, not pixels' },
};

function implausibleOutput(output: TensorDescription, what: Implausible): ModelFault {
  const [has, why] = [describe(output), whyImplausible[what]];
  return new ModelFault(
    `出力 ${has} を検出結果として読むと、${why.ja}。YOLOv5・YOLOv7 の書き出しは意味が異なります。YOLO11 などで書き出し直してください`,
    `Read as boxes, its output ${has} makes no sense: ${why.en}. Exports of YOLOv5 and YOLOv7 mean something else; export it as YOLO11 does`,
  );
}

function describe(tensor: TensorDescription): string {
  return `${tensor.type} [${tensor.dims.map((side) => side ?? '?').join(',')}]`;
}
