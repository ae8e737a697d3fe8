/** From the steps of a run to what its photo is judged by, and from the verdict to the answer that clients read. */
import type { Box, Detection, Measures, ModelIdentity } from '../pipeline/data.ts';
import { isFields } from '../pipeline/read.ts';
import type { RankedClass, ReadText } from './criteria/outcome.ts';
import type { Judged, PhotoFindings } from './judge.ts';
import type { Verdict } from './verdict.ts';

/** A completed step of one input. */
export interface RunStep {
  readonly step_id: string;
  readonly depends_on: readonly string[];
  /** As the step was called. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly detections: readonly Detection[];
  readonly measures: Measures;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly model: ModelIdentity | undefined;
}

/** What is known of a model besides its identity. */
export interface ModelFacts {
  readonly classNames: readonly string[];
  /** Used where a step asks for no other. */
  readonly confidenceThreshold: number;
}

export interface RunFacts {
  readonly photo: string;
  /** Pixels of the upright photo. */
  readonly width: number;
  readonly height: number;
  /** In the order in which they ran. */
  readonly steps: readonly RunStep[];
  /** By sha256. */
  readonly models: ReadonlyMap<string, ModelFacts>;
  /** The hash that the item pins; undefined: any model will do. */
  readonly pinnedModel: string | undefined;
}

/**
 * Detections are those of the steps that end the pipeline, each once. A measure goes by its name and by "<step_id>.<name>"; where two steps have
 * the same name, the later one's goes by the name alone.
 */
export function toFindings({ photo, width, height, steps, models, pinnedModel }: RunFacts): PhotoFindings {
  const used = new Set(steps.flatMap((step) => step.depends_on));
  const last = steps.filter((step) => !used.has(step.step_id));
  const detections = new Map(last.flatMap((step) => step.detections).map((each) => [JSON.stringify(each), each]));
  const detectors = steps.filter((step) => step.model !== undefined && !isClassifier(step));
  const foreign = steps.find(({ model }) => model !== undefined && pinnedModel !== undefined && model.sha256 !== pinnedModel);
  return {
    photo,
    width,
    height,
    detections: [...detections.values()],
    measures: Object.assign({}, ...steps.map(namesOf)),
    ranking: lastOf(steps, (step) => readRanking(step.attributes.classifications)),
    texts: lastOf(steps, (step) => readTexts(step.attributes.texts)),
    floor: Math.max(0, ...detectors.map((step) => floorOf(step, models))),
    knownClasses: classesOf(steps, models),
    foreignModel: foreign?.model?.sha256,
  };
}

function namesOf({ step_id, measures }: RunStep): Measures {
  return Object.fromEntries(
    Object.entries(measures).flatMap(([name, value]) => [[name, value] as const, [`${step_id}.${name}`, value] as const]),
  );
}

function isClassifier({ attributes }: RunStep): boolean {
  return Array.isArray(attributes.classifications);
}

function floorOf({ parameters, model }: RunStep, models: RunFacts['models']): number {
  const asked = parameters.confidence_threshold;
  return typeof asked === 'number' ? asked : (models.get(model?.sha256 ?? '')?.confidenceThreshold ?? 0);
}

/** Undefined when one of the models is not known: its classes could be any. */
function classesOf(steps: readonly RunStep[], models: RunFacts['models']): readonly string[] | undefined {
  const all: string[] = [];
  for (const { model, parameters } of steps) {
    if (model === undefined) continue;
    const names = models.get(model.sha256)?.classNames;
    if (names === undefined) return undefined;
    const wanted = Array.isArray(parameters.target_classes)
      ? parameters.target_classes.map((name) => String(name).trim().toLowerCase())
      : [];
    all.push(...names.filter((name) => wanted.length === 0 || wanted.includes(name.toLowerCase())));
  }
  return all.length === 0 ? undefined : all;
}

function lastOf<T>(steps: readonly RunStep[], read: (step: RunStep) => T | undefined): T | undefined {
  return steps.reduce<T | undefined>((found, step) => read(step) ?? found, undefined);
}

function readRanking(value: unknown): readonly RankedClass[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((each) => {
    if (!isFields(each) || typeof each.class_name !== 'string' || typeof each.confidence !== 'number') return [];
    return [{ class_name: each.class_name, confidence: each.confidence }];
  });
}

/** A text without a confidence was read without doubt. */
function readTexts(value: unknown): readonly ReadText[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((each) => {
    if (!isFields(each) || typeof each.text !== 'string') return [];
    return [{ text: each.text, confidence: typeof each.confidence === 'number' ? each.confidence : 1 }];
  });
}

/** The `ai_result` of an answer. */
export interface AiResult {
  readonly overall_result: Verdict;
  readonly confidence: number;
  readonly detections: readonly Detection[];
}

/** Boxes are rounded to hundredths of a pixel. */
export function toAiResult({ verdict, confidence }: Judged, detections: readonly Detection[]): AiResult {
  return {
    overall_result: verdict,
    confidence,
    detections: detections.map((each) => ({ ...each, bbox: roundBox(each.bbox), bbox_original: roundBox(each.bbox_original) })),
  };
}

function roundBox({ x, y, width, height }: Box): Box {
  const rounded = (value: number) => Math.round(value * 100) / 100;
  return { x: rounded(x), y: rounded(y), width: rounded(width), height: rounded(height) };
}
