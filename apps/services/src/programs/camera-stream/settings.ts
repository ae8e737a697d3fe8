/** What a client has said of its stream so far, in the metadata of its frames. */
import { AppError } from '@imageflow/core';

export interface StreamSettings {
  /** Empty until the client has named one. */
  readonly pipelineId: string;
  readonly sourceId: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly wantsImage: boolean;
  /** Of the last values; frames are answered with it until the client corrects them. */
  readonly fault: AppError | undefined;
}

export const firstSettings: StreamSettings = { pipelineId: '', sourceId: '', parameters: {}, wantsImage: true, fault: undefined };

/** The same object when nothing has changed. */
export function changeSettings(before: StreamSettings, metadata: Readonly<Record<string, string>>): StreamSettings {
  const { pipeline_id, source_id, parameters, output } = metadata;
  if (pipeline_id === undefined && source_id === undefined && parameters === undefined && output === undefined) return before;
  const read = parameters === undefined ? { parameters: before.parameters } : parseParameters(parameters);
  const wanted = output === undefined ? { wantsImage: before.wantsImage } : parseOutput(output);
  const after = {
    pipelineId: pipeline_id ?? before.pipelineId,
    sourceId: (source_id ?? before.sourceId).slice(0, 200),
    parameters: read.parameters ?? before.parameters,
    wantsImage: wanted.wantsImage ?? before.wantsImage,
    fault: read.fault ?? wanted.fault,
  };
  return isSame(before, after) ? before : after;
}

/** Clients often repeat everything with every frame. */
function isSame(one: StreamSettings, other: StreamSettings): boolean {
  return (
    one.pipelineId === other.pipelineId &&
    one.sourceId === other.sourceId &&
    one.wantsImage === other.wantsImage &&
    one.fault === other.fault &&
    JSON.stringify(one.parameters) === JSON.stringify(other.parameters)
  );
}

interface Parsed {
  readonly parameters?: StreamSettings['parameters'];
  readonly wantsImage?: boolean;
  readonly fault?: AppError;
}

function parseParameters(text: string): Parsed {
  if (text === '') return { parameters: {} };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { parameters: value as Record<string, unknown> };
  } catch {
    // Answered below, like any other text that is not an object.
  }
  return { fault: invalid('parameters', 'JSON オブジェクトにしてください', 'must be a JSON object') };
}

function parseOutput(text: string): Parsed {
  if (text === '' || text === 'image') return { wantsImage: true };
  if (text === 'none') return { wantsImage: false };
  return { fault: invalid('output', '「image」か「none」にしてください', 'must be "image" or "none"') };
}

function invalid(key: string, ja: string, en: string): AppError {
  const message = { ja: `metadata の ${key} は${ja}`, en: `metadata["${key}"] ${en}` };
  return new AppError('VALIDATION_ERROR', { detail: message, faults: [{ field: `metadata.${key}`, message }] });
}
