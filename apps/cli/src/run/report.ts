/** What a run shows and keeps: a table for people, results.json for programs. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Say } from '../language.ts';
import { formatTable } from '../table.ts';
import { detectionsOf, type Execution, type Result } from './execute.ts';
import type { Kept } from './keep.ts';

export interface Report extends Kept {
  readonly file: string;
  readonly path: string;
  readonly execution_id: string | null;
  readonly status: string;
  readonly processing_time_ms: number | null;
  readonly detections: Execution['steps'][number]['detections'];
  readonly classifications: unknown;
  readonly measures: Readonly<Record<string, number>>;
  readonly models: readonly { readonly name: string; readonly sha256: string; readonly license: string }[];
  readonly step_times_ms: Readonly<Record<string, number | null>>;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export function reportOn(result: Result, kept: Kept = { outputs: [], annotated: null }): Report {
  const { image } = result;
  const base = { file: image.name, path: image.path };
  if (result.kind === 'refused') {
    const { code, message } = result.error;
    return { ...base, ...nothing, status: 'refused', error: { code, message } };
  }
  const { execution } = result;
  return {
    ...base,
    ...kept,
    execution_id: execution.execution_id,
    status: execution.status,
    processing_time_ms: execution.processing_time_ms,
    detections: detectionsOf(execution),
    classifications: execution.steps.map((step) => step.attributes.classifications).find((value) => value !== undefined) ?? null,
    measures: Object.assign({}, ...execution.steps.map((step) => step.measures)),
    models: execution.steps.flatMap((step) => (step.model === null ? [] : [step.model])),
    step_times_ms: Object.fromEntries(execution.steps.map((step) => [step.step_id, step.processing_time_ms])),
    error: execution.error === null ? null : { code: execution.error.code, message: execution.error.message },
  };
}

const nothing = {
  execution_id: null,
  processing_time_ms: null,
  detections: [],
  classifications: null,
  measures: {},
  models: [],
  step_times_ms: {},
  outputs: [],
  annotated: null,
};

export async function writeResults(reports: readonly Report[], pipeline: string, outDir: string): Promise<string> {
  const file = join(outDir, 'results.json');
  await writeFile(file, `${JSON.stringify({ pipeline_id: pipeline, created_at: new Date().toISOString(), results: reports }, null, 2)}\n`);
  return file;
}

export function toTable(reports: readonly Report[], say: Say): string {
  const steps = [...new Set(reports.flatMap((report) => Object.keys(report.step_times_ms)))];
  const head = [
    say({ ja: 'ファイル', en: 'file' }),
    say({ ja: '結果', en: 'result' }),
    ...steps.map((step) => `${step} ms`),
    say({ ja: '合計 ms', en: 'total ms' }),
  ];
  const rows = reports.map((report) => [
    report.file,
    summarise(report, say),
    ...steps.map((step) => show(report.step_times_ms[step])),
    show(report.processing_time_ms),
  ]);
  return formatTable(head, rows);
}

function summarise(report: Report, say: Say): string {
  if (report.error !== null)
    return `${say(statusTexts[report.status] ?? { ja: report.status, en: report.status })}: ${report.error.message}`;
  if (report.detections.length > 0) return countClasses(report.detections);
  const [best] = Array.isArray(report.classifications) ? (report.classifications as { class_name: string; confidence: number }[]) : [];
  return best === undefined ? say({ ja: '検出なし', en: 'nothing found' }) : `${best.class_name} ${Math.round(best.confidence * 100)}%`;
}

const statusTexts: Readonly<Record<string, { ja: string; en: string }>> = {
  refused: { ja: '受付不可', en: 'refused' },
  failed: { ja: '失敗', en: 'failed' },
  cancelled: { ja: 'キャンセル', en: 'cancelled' },
};

/** "2 scratch (91%), 1 deformation (88%)": the best of each class. */
function countClasses(detections: Report['detections']): string {
  const classes = new Map<string, { count: number; best: number }>();
  for (const { class_name, confidence } of detections) {
    const { count, best } = classes.get(class_name) ?? { count: 0, best: 0 };
    classes.set(class_name, { count: count + 1, best: Math.max(best, confidence) });
  }
  return [...classes].map(([name, { count, best }]) => `${count} ${name} (${Math.round(best * 100)}%)`).join(', ');
}

function show(milliseconds: number | null | undefined): string {
  return milliseconds === null || milliseconds === undefined ? '–' : milliseconds.toFixed(1);
}
