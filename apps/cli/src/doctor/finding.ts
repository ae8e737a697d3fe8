/** What `doctor` says about one thing. */
import type { LocalizedText } from '@imageflow/core';

export interface Finding {
  readonly state: 'ok' | 'hint' | 'fault';
  readonly what: LocalizedText;
  /** What to do; for hints and faults. */
  readonly advice?: LocalizedText;
}

export function fine(ja: string, en = ja): Finding {
  return { state: 'ok', what: { ja, en } };
}

export function hint(what: LocalizedText, advice: LocalizedText): Finding {
  return { state: 'hint', what, advice };
}

export function fault(what: LocalizedText, advice: LocalizedText): Finding {
  return { state: 'fault', what, advice };
}

export function same(text: string): LocalizedText {
  return { ja: text, en: text };
}
