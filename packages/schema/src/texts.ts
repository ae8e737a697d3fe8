/** What a fault says in both languages: what is asked for, and what may be given instead. */
import type { LocalizedText } from '@imageflow/core';
import { type Fields, isFields } from './json.ts';

/** `owner` is the schema that the keyword stands in. Both checkers speak through this, so that they say the same. */
export function describeFault(keyword: string, owner: Fields): LocalizedText {
  const limit = typeof owner[keyword] === 'object' ? '' : String(owner[keyword]);
  switch (keyword) {
    case 'required':
    case 'dependentRequired':
      return { ja: '必須です', en: 'is required' };
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return { ja: `知られていない項目です${known(owner, '。使える項目: ')}`, en: `is not known${known(owner, '; known are ')}` };
    case 'false schema':
      return { ja: 'ここでは使えません。取り除いてください', en: 'may not be given here; leave it out' };
    case 'type':
      return { ja: `型が違います。${typeJa(owner.type)}が必要です`, en: `must be of type ${String(owner.type)}` };
    case 'enum':
      return { ja: `次のどれかにしてください: ${list(owner.enum)}`, en: `must be one of ${list(owner.enum)}` };
    case 'const':
      return { ja: `${JSON.stringify(owner.const)} にしてください`, en: `must be ${JSON.stringify(owner.const)}` };
    case 'minimum':
      return { ja: `${limit} 以上にしてください`, en: `must be at least ${limit}` };
    case 'maximum':
      return { ja: `${limit} 以下にしてください`, en: `must be at most ${limit}` };
    case 'exclusiveMinimum':
      return { ja: `${limit} より大きくしてください`, en: `must be more than ${limit}` };
    case 'exclusiveMaximum':
      return { ja: `${limit} より小さくしてください`, en: `must be less than ${limit}` };
    case 'multipleOf':
      return { ja: `${limit} の倍数にしてください`, en: `must be a multiple of ${limit}` };
    default:
      return describeShape(keyword, limit);
  }
}

function describeShape(keyword: string, limit: string): LocalizedText {
  switch (keyword) {
    case 'minLength':
      return { ja: `${limit} 個以上必要です`, en: `needs at least ${limit} characters` };
    case 'maxLength':
      return { ja: `${limit} 個までです`, en: `may have at most ${limit} characters` };
    case 'pattern':
      return { ja: `形 ${limit} に合わせてください`, en: `must match the pattern ${limit}` };
    case 'format':
      return { ja: `${limit} の形式にしてください`, en: `must have the format ${limit}` };
    case 'minItems':
      return { ja: `${limit} 個以上必要です`, en: `needs at least ${limit} items` };
    case 'maxItems':
      return { ja: `${limit} 個までです`, en: `may have at most ${limit} items` };
    case 'uniqueItems':
      return { ja: '同じ値を二つ入れないでください', en: 'may not have the same item twice' };
    case 'contains':
    case 'minContains':
    case 'maxContains':
      return { ja: `条件に合う要素の数が違います (${keyword})`, en: `has too few or too many items of the kind asked for (${keyword})` };
    case 'minProperties':
      return { ja: `項目が ${limit} 個以上必要です`, en: `needs at least ${limit} properties` };
    case 'maxProperties':
      return { ja: `項目は ${limit} 個までです`, en: `may have at most ${limit} properties` };
    case 'propertyNames':
      return { ja: 'この名前の項目は使えません', en: 'may not be the name of a property here' };
    case 'anyOf':
      return { ja: '許された形のどれにも合いません', en: 'fits none of the allowed forms' };
    case 'oneOf':
      return { ja: '許された形のちょうど一つに合わせてください', en: 'must fit exactly one of the allowed forms' };
    case 'not':
      return { ja: '禁じられた形です', en: 'has a form that is not allowed' };
    default:
      return { ja: `条件を満たしません (${keyword})`, en: `does not satisfy "${keyword}"` };
  }
}

const typeNamesJa: Readonly<Record<string, string>> = {
  integer: '整数',
  number: '数値',
  boolean: '真偽値',
  string: '文字列',
  object: 'オブジェクト',
  array: '配列',
  null: 'null',
};

function typeJa(type: unknown): string {
  const names = Array.isArray(type) ? type : [type];
  return names.map((name) => typeNamesJa[String(name)] ?? String(name)).join('か');
}

function known(owner: Fields, lead: string): string {
  return isFields(owner.properties) ? `${lead}${Object.keys(owner.properties).join(', ')}` : '';
}

function list(values: unknown): string {
  return Array.isArray(values) ? values.join(', ') : String(values);
}
