/** Pipelines as streams run them: the backend's current version, checked against the components known now. */

import {
  AppError,
  assignParameters,
  type Catalogue,
  type Clock,
  checkPipeline,
  checkStreamable,
  type Encoding,
  type PipelineDefinition,
  type Plan,
  parseDefinition,
  planPipeline,
  type ValidationFault,
} from '@imageflow/core';
import { checkJsonSchema } from '@imageflow/schema/compiled';
import type { BackendLink } from './backend.ts';
import { ownCatalogue, ownService } from './components.ts';
import type { Instances } from './instances.ts';
import type { LocalComponents } from './local.ts';
import type { StreamSettings } from './settings.ts';

export interface PreparedPipeline {
  readonly pipelineId: string;
  readonly version: number;
  readonly plan: Plan;
  readonly parametersJson: ReadonlyMap<string, string>;
  readonly encoding: Encoding | undefined;
  /** Components that run in this process. */
  readonly local: ReadonlySet<string>;
  /** The parameters do not suit: frames are answered with it. */
  readonly fault: AppError | undefined;
}

export interface Pipelines {
  /** @throws AppError when the pipeline itself cannot run: NOT_FOUND, PIPELINE_INVALID, UNPROCESSABLE, SERVICE_UNAVAILABLE */
  prepare(settings: StreamSettings): Promise<PreparedPipeline>;
  /** The version that streams should run now; undefined when nothing is known of it. Looks for a newer one every few seconds. */
  currentVersion(pipelineId: string): number | undefined;
}

interface Loaded {
  readonly pipelineId: string;
  readonly version: number;
  readonly definition: PipelineDefinition;
}

interface Entry {
  loaded: Promise<Loaded>;
  /** What `loaded` resolved to. */
  known: Loaded | undefined;
  checkedAt: number;
}

/** How old the knowledge of a pipeline in use may be. */
const freshMs = 5_000;
/** For services that are known but have not described themselves yet. */
const describeLimitMs = 3_000;
const maxEntries = 200;

export interface PipelinesNeeds {
  readonly backend: BackendLink;
  readonly instances: Instances;
  readonly local: Pick<LocalComponents, 'amongst'>;
  readonly clock: Clock;
}

export function createPipelines({ backend, instances, local, clock }: PipelinesNeeds): Pipelines {
  const entries = new Map<string, Entry>();

  function load(id: string): Promise<Loaded> {
    const entry = entries.get(id);
    if (entry !== undefined && clock.now() - entry.checkedAt < freshMs) return entry.loaded;
    return refresh(id, entry?.known).loaded;
  }

  function refresh(id: string, known: Loaded | undefined): Entry {
    const entry: Entry = { loaded: fetchPipeline(backend, id, known), known, checkedAt: clock.now() };
    entries.delete(id);
    entries.set(id, entry);
    const [oldest] = entries.keys();
    if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
    entry.loaded.then(
      (loaded) => {
        entry.known = loaded;
      },
      () => {
        if (entries.get(id) === entry) entries.delete(id);
      },
    );
    return entry;
  }

  return {
    async prepare(settings) {
      if (settings.pipelineId === '') throw noPipeline();
      const loaded = await load(settings.pipelineId);
      await requireServices(loaded.definition, instances);
      const catalogue = instances.pool.catalogue();
      return { ...prepare(loaded, settings, new Map([...catalogue, ...ownCatalogue])), local: local.amongst(catalogue) };
    },
    currentVersion(id) {
      const entry = entries.get(id);
      if (entry !== undefined && clock.now() - entry.checkedAt >= freshMs) refresh(id, entry.known);
      return entry?.known?.version;
    },
  };
}

async function fetchPipeline(backend: BackendLink, id: string, known: Loaded | undefined): Promise<Loaded> {
  try {
    const answer = await backend.getPipeline(id, known?.version ?? 0);
    if (known !== undefined && answer.definition_json === '') return known;
    return { pipelineId: answer.pipeline_id, version: answer.version, definition: parseDefinition(JSON.parse(answer.definition_json)) };
  } catch (error) {
    // Streams that run go on while the backend is away; a pipeline that is gone ends them.
    if (known !== undefined && error instanceof AppError && error.retryable) return known;
    throw error;
  }
}

/** The backend took the definition, so there were such services; they may be down, or new to this one. */
async function requireServices(definition: PipelineDefinition, instances: Instances): Promise<void> {
  const services = [...new Set(definition.steps.map((step) => step.service))].filter((service) => service !== ownService);
  if (await instances.waitFor(services, describeLimitMs)) return;
  const list = services.join(', ');
  throw new AppError('SERVICE_UNAVAILABLE', {
    detail: {
      ja: `パイプラインが使うサービス（${list}）の中に、応答しないものがあります`,
      en: `Not all services of this pipeline answer: ${list}`,
    },
    retryAfterSeconds: 5,
  });
}

function prepare(
  { pipelineId, version, definition }: Loaded,
  settings: StreamSettings,
  catalogue: Catalogue,
): Omit<PreparedPipeline, 'local'> {
  refuse('PIPELINE_INVALID', checkPipeline(definition, catalogue, checkJsonSchema));
  refuse('UNPROCESSABLE', checkStreamable(definition, catalogue));
  const { bySteps, output, faults } = assignParameters(definition, settings.parameters, catalogue, checkJsonSchema);
  return {
    pipelineId,
    version,
    plan: planPipeline(definition, catalogue),
    parametersJson: new Map([...bySteps].map(([id, parameters]) => [id, JSON.stringify(parameters)])),
    encoding: settings.wantsImage ? { format: output.format ?? 'jpeg', quality: output.quality } : undefined,
    fault: faults.length === 0 ? undefined : toError('VALIDATION_ERROR', faults),
  };
}

function refuse(code: 'PIPELINE_INVALID' | 'UNPROCESSABLE', faults: readonly ValidationFault[]): void {
  if (faults.length > 0) throw toError(code, faults);
}

function toError(code: 'PIPELINE_INVALID' | 'UNPROCESSABLE' | 'VALIDATION_ERROR', faults: readonly ValidationFault[]): AppError {
  const line = (language: 'ja' | 'en') => faults.map((fault) => `${fault.field}: ${fault.message[language]}`).join('; ');
  return new AppError(code, { detail: { ja: line('ja'), en: line('en') }, faults });
}

function noPipeline(): AppError {
  const message = {
    ja: '最初のフレームの metadata に pipeline_id を入れてください',
    en: 'Name the pipeline in metadata["pipeline_id"] of the first frame',
  };
  return new AppError('VALIDATION_ERROR', { detail: message, faults: [{ field: 'metadata.pipeline_id', message }] });
}
