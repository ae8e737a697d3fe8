/** The guide to the settings, from the schemas that check them. */

import type { LocalizedText } from '@imageflow/core';
import { settingTexts as backendTexts } from '../apps/backend/src/config.texts.ts';
import { environment as backend } from '../apps/backend/src/config.ts';
import { settingTexts as serviceTexts } from '../apps/services/src/scaffold/config.texts.ts';
import { environment as services } from '../apps/services/src/scaffold/config.ts';

type Language = keyof LocalizedText;
type Text = LocalizedText & { readonly default?: LocalizedText };
interface Setting {
  safeParse(value: undefined): { readonly success: boolean; readonly data?: unknown };
}

const say = (language: Language, ja: string, en: string): string => (language === 'ja' ? ja : en);

export function describeSettings(language: Language): string {
  const intro = say(
    language,
    '環境変数です。空は指定なしと同じです。誤りは起動時にまとめて示されます。このページは検査に使うスキーマから生成されます（`npm run generate`）。',
    'Environment variables. Empty means absent; all that are wrong are named together at the start. This page is generated from the schemas that check them (`npm run generate`).',
  );
  return [
    `# ${say(language, '設定', 'Settings')}`,
    intro,
    `## ${say(language, 'バックエンドとワーカー', 'Backend and worker')}`,
    table(language, backend.shape, backendTexts),
    `## ${say(language, 'サービス', 'Services')}`,
    table(language, services.shape, serviceTexts),
    '',
  ].join('\n\n');
}

function table(language: Language, shape: Readonly<Record<string, Setting>>, texts: Readonly<Record<string, Text>>): string {
  const head = say(language, '| 名前 | 既定 | 意味 |', '| name | default | meaning |');
  const rows = Object.entries(shape).map(([name, setting]) => {
    const text = texts[name];
    const usual = text?.default?.[language] ?? `\`${String(setting.safeParse(undefined).data)}\``;
    return `| \`${name}\` | ${usual} | ${text?.[language]} |`;
  });
  return [head, '|---|---|---|', ...rows].join('\n');
}
