/** Why a model file cannot be used, in words its owner can act on. */
import { AppError, type LocalizedText } from '@imageflow/core';

/** A model file was looked at and refused; `reason` is shown beside the model's name. */
export class ModelFault extends Error {
  readonly reason: LocalizedText;

  constructor(ja: string, en: string, cause?: unknown) {
    super(en, { cause });
    this.name = 'ModelFault';
    this.reason = { ja, en };
  }
}

export function modelInvalid(name: string, reason: LocalizedText, cause?: unknown): AppError {
  const detail = {
    ja: `モデル「${name}」は使えません: ${reason.ja}`,
    en: `The model "${name}" cannot be used: ${reason.en}`,
  };
  return new AppError('MODEL_INVALID', { detail, faults: [{ field: 'model', message: reason, value: name }], cause });
}

/** A parameter's value makes no sense for the model it goes to. */
export function parameterFault(name: string, ja: string, en: string, value: unknown): AppError {
  const message = { ja, en };
  return new AppError('VALIDATION_ERROR', { detail: message, faults: [{ field: `parameters.${name}`, message, value }] });
}

/** Why something went wrong with a model, for its entry in the list. */
export function errorText(error: unknown): LocalizedText {
  if (error instanceof ModelFault) return error.reason;
  if (error instanceof AppError) return error.detail;
  const why = error instanceof Error ? error.message : String(error);
  return { ja: `読み取れません: ${why}`, en: `It cannot be read: ${why}` };
}
