/** Which of the two languages a client reads. */
import type { Language } from '@imageflow/core';

export type { Language };

/** The wanted language of an Accept-Language header (RFC 9110 §12.5.4); Japanese when it wants neither or is absent. */
export function chooseLanguage(acceptLanguage: string | undefined): Language {
  const weights = { ja: 0, en: 0 };
  for (const part of (acceptLanguage ?? '').slice(0, 500).split(',')) {
    const [range = '', ...parameters] = part.trim().toLowerCase().split(';');
    const language = range.split('-')[0];
    if (language === 'ja' || language === 'en') weights[language] = Math.max(weights[language], weightOf(parameters));
  }
  return weights.en > weights.ja ? 'en' : 'ja';
}

function weightOf(parameters: readonly string[]): number {
  const quality = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('q='));
  if (quality === undefined) return 1;
  const weight = Number(quality.slice(2));
  return Number.isFinite(weight) ? Math.min(Math.max(weight, 0), 1) : 0;
}
