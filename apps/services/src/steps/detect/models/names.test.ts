import { describe, expect, test } from 'vitest';
import { parseLabels, parseNames } from './names.ts';

describe('names inside a model file', () => {
  test.each([
    ["{0: 'person', 1: 'bicycle'}", ['person', 'bicycle']],
    ['{0: "driver\'s cap", 1: \'say "hi"\'}', ["driver's cap", 'say "hi"']],
    ["{ 0:'a' , 1 :'b', }", ['a', 'b']],
    ["{0: 'it\\'s', 1: 'a\\\\b', 2: '\\u50b7', 3: '\\x41'}", ["it's", 'a\\b', '傷', 'A']],
    ["{0: '傷', 2: '汚れ'}", ['傷', 'class_1', '汚れ']],
    ['{"0": "json", "1": "too"}', ['json', 'too']],
    ["['list', 'of names']", ['list', 'of names']],
    ["('tu', 'ple')", ['tu', 'ple']],
    ["{0: 'a{b}: c, d'}", ['a{b}: c, d']],
    ["{0: 'two\\nlines'}", ['two lines']],
  ])('%s is understood', (text, names) => {
    expect(parseNames(text)).toEqual(names);
  });

  test.each([
    '',
    '{}',
    'person',
    "{0: 'open",
    "{0: 'a' 1: 'b'}",
    "{0: __import__('os').system('true')}",
    "{'zero': 'a'}",
    "{0: 'a'} + {1: 'b'}",
    "{999999999: 'far'}",
    '{0: [1]}',
  ])('%s is refused, not evaluated', (text) => {
    expect(parseNames(text)).toBeUndefined();
  });
});

describe('a labels file', () => {
  test('has one name a line, with any line end, and a byte order mark is no name', () => {
    expect(parseLabels('\uFEFFscratch\r\ndent\n\nstain\n\n')).toEqual(['scratch', 'dent', 'class_2', 'stain']);
  });

  test('may be JSON', () => {
    expect(parseLabels(' ["a", "b"]\n')).toEqual(['a', 'b']);
    expect(parseLabels('{"1": "b", "0": "a"}')).toEqual(['a', 'b']);
  });

  test('that is empty holds no names', () => {
    expect(parseLabels(' \n \n')).toBeUndefined();
  });
});
