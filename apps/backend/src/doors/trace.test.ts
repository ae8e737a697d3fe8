import { expect, test } from 'vitest';
import { continueTrace } from './trace.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

test('a caller’s trace is continued with a span of its own', () => {
  const trace = continueTrace(`00-${traceId}-00f067aa0ba902b7-00`);
  expect(trace.traceId).toBe(traceId);
  expect(trace.traceparent).toMatch(new RegExp(`^00-${traceId}-(?!00f067aa0ba902b7)[0-9a-f]{16}-00$`));
});

test.each([undefined, 'nonsense', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, `00-${traceId}-${'0'.repeat(16)}-01`])(
  'the header %s starts a new trace',
  (header) => {
    expect(continueTrace(header).traceId).not.toBe(traceId);
    expect(continueTrace(header).traceparent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  },
);
