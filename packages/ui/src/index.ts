/** React parts that every program with a screen shows. They know neither REST nor routes: data and texts are handed in. */
export * from './state/PageState.tsx';
export * from './theme/theme.ts';
export * from './verdict/Verdict.tsx';
