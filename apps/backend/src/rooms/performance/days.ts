/** Days of a time zone. */

/** Epoch ms at which the day that `at` lies in begins there. */
export function startOfDay(at: number, timezone: string): number {
  const midnight = at - timeOfDayMs(at, timezone);
  // On a day on which clocks change, the hours since midnight differ from what the clock shows.
  const shift = timeOfDayMs(midnight, timezone);
  return shift === 0 ? midnight : midnight - (shift > halfDayMs ? shift - dayMs : shift);
}

const dayMs = 86_400_000;
const halfDayMs = dayMs / 2;
const formats = new Map<string, Intl.DateTimeFormat>();

function timeOfDayMs(at: number, timezone: string): number {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en', { timeZone: timezone, hourCycle: 'h23', hour: 'numeric', minute: 'numeric', second: 'numeric' });
    formats.set(timezone, format);
  }
  const parts = new Map(format.formatToParts(at).map((part) => [part.type, Number(part.value)]));
  const seconds = ((parts.get('hour') ?? 0) * 60 + (parts.get('minute') ?? 0)) * 60 + (parts.get('second') ?? 0);
  return seconds * 1000 + (at % 1000);
}
