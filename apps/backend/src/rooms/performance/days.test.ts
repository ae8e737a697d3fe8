import { expect, test } from 'vitest';
import { startOfDay } from './days.ts';

test.each([
  ['Asia/Tokyo', '2026-11-25T14:59:59Z', '2026-11-24T15:00:00Z'],
  ['Asia/Tokyo', '2026-11-25T15:00:00Z', '2026-11-25T15:00:00Z'],
  ['UTC', '2026-11-25T23:59:59.999Z', '2026-11-25T00:00:00Z'],
  ['America/New_York', '2026-11-25T04:59:00Z', '2026-11-24T05:00:00Z'],
  // Clocks go forward at 2:00 on this day, and back on the next one.
  ['America/New_York', '2026-03-08T20:00:00Z', '2026-03-08T05:00:00Z'],
  ['America/New_York', '2026-11-01T23:00:00Z', '2026-11-01T04:00:00Z'],
  ['Asia/Kolkata', '2026-11-25T12:00:00Z', '2026-11-24T18:30:00Z'],
])('in %s, %s lies in the day that begins at %s', (timezone, at, start) => {
  expect(new Date(startOfDay(Date.parse(at), timezone)).toISOString()).toBe(new Date(start).toISOString());
});
