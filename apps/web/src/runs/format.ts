/** Durations and times as the pages show them. */

/** "8.4 ms", "147 ms", "5.02 s"; a dash for what has not ended. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return '–';
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** The time of today, else with its date, in the reader's time zone. */
export function formatTime(iso: string, language: string): string {
  const at = new Date(iso);
  const isToday = at.toDateString() === new Date().toDateString();
  return at.toLocaleString(language, isToday ? { timeStyle: 'medium' } : { dateStyle: 'short', timeStyle: 'short' });
}
