/** Ctrl-C and its kin, for commands that end well before they end. */
import { Stop } from './exit.ts';

/** Aborts with the Stop that says so. */
export function listenForInterrupt(): AbortController {
  const stopping = new AbortController();
  const interrupt = () => stopping.abort(new Stop('interrupted', '中断しました', 'Interrupted'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  return stopping;
}
