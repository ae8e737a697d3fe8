/** What is wrong with a value, in the words of the people who sent it. The library's own texts remain for the rare kinds. */
import type { z } from 'zod';
import { en, ja } from 'zod/locales';
import type { Language } from './language.ts';

type RawIssue = z.core.$ZodRawIssue;

const locales = { ja: ja().localeError, en: en().localeError };

const typeNames: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  string: { ja: '文字列', en: 'a text' },
  number: { ja: '数値', en: 'a number' },
  int: { ja: '整数', en: 'a whole number' },
  boolean: { ja: '真偽値 (true / false)', en: 'true or false' },
  array: { ja: '配列', en: 'an array' },
  object: { ja: 'オブジェクト', en: 'an object' },
  record: { ja: 'オブジェクト', en: 'an object' },
};

/** The `error` option of `safeParse` for a language. */
export const faultTexts: Readonly<Record<Language, z.core.$ZodErrorMap>> = {
  ja: (issue) => describe(issue, 'ja') ?? locales.ja(issue),
  en: (issue) => describe(issue, 'en') ?? locales.en(issue),
};

function describe(issue: RawIssue, language: Language): string | undefined {
  const pick = (japanese: string, english: string): string => (language === 'ja' ? japanese : english);
  if (issue.input === undefined) return pick('必須です', 'is required');
  switch (issue.code) {
    case 'invalid_type': {
      const name = typeNames[issue.expected]?.[language] ?? issue.expected;
      return pick(`${name}にしてください`, `must be ${name}`);
    }
    case 'invalid_value': {
      const values = issue.values.map(String).join(', ');
      return pick(`次のどれかにしてください: ${values}`, `must be one of ${values}`);
    }
    case 'too_small':
      return limitText(issue, issue.minimum, atLeast, language);
    case 'too_big':
      return limitText(issue, issue.maximum, atMost, language);
    case 'invalid_format':
      return issue.format === 'uuid' ? pick('UUID にしてください', 'must be a UUID') : undefined;
    default:
      return undefined;
  }
}

interface LimitWords {
  readonly inclusive: Readonly<Record<Language, string>>;
  readonly exclusive: Readonly<Record<Language, string>>;
}

const atLeast: LimitWords = { inclusive: { ja: '以上に', en: 'at least' }, exclusive: { ja: 'より大きく', en: 'more than' } };
const atMost: LimitWords = { inclusive: { ja: '以下に', en: 'at most' }, exclusive: { ja: 'より小さく', en: 'less than' } };
const units: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  string: { ja: '文字', en: 'characters' },
  array: { ja: '個', en: 'items' },
};

function limitText(
  { origin, inclusive }: { readonly origin: string; readonly inclusive?: boolean | undefined },
  limit: number | bigint,
  words: LimitWords,
  language: Language,
): string {
  const word = words[inclusive === false ? 'exclusive' : 'inclusive'][language];
  const unit = units[origin]?.[language];
  if (language === 'ja') return `${limit} ${unit ?? ''}${word}してください`;
  return unit === undefined ? `must be ${word} ${limit}` : `must have ${word} ${limit} ${unit}`;
}
