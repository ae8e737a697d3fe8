/** The reader's language: kept in this browser, first taken from it. English is loaded when it is wanted. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { ja, type Texts } from './ja.ts';

interface Choice {
  readonly texts: Texts;
  readonly toggle: () => void;
}

const Language = createContext<Choice>({ texts: ja, toggle: () => undefined });
const key = 'imageflow.language';

export function useTexts(): Texts {
  return useContext(Language).texts;
}

export function useLanguageToggle(): () => void {
  return useContext(Language).toggle;
}

export function preferredLanguage(): 'ja' | 'en' {
  const kept = localStorage.getItem(key);
  if (kept === 'ja' || kept === 'en') return kept;
  return navigator.language.startsWith('ja') ? 'ja' : 'en';
}

export async function loadTexts(language: 'ja' | 'en'): Promise<Texts> {
  return language === 'ja' ? ja : (await import('./en.ts')).en;
}

export function LanguageProvider({ first, children }: { readonly first: Texts; readonly children: ReactNode }) {
  const [texts, setTexts] = useState(first);
  const toggle = useCallback(async () => {
    const next = texts.language === 'ja' ? 'en' : 'ja';
    localStorage.setItem(key, next);
    setTexts(await loadTexts(next));
  }, [texts]);
  useEffect(() => {
    document.documentElement.lang = texts.language;
  }, [texts]);
  const choice = useMemo(() => ({ texts, toggle: () => void toggle() }), [texts, toggle]);
  return <Language value={choice}>{children}</Language>;
}
