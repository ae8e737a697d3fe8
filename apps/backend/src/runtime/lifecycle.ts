/** Whoever opens something registers its close; closing runs the list backwards, also after a start that failed. */
import type { FastifyBaseLogger } from 'fastify';

export interface Lifecycle {
  onClose(name: string, close: () => Promise<void> | void): void;
  /** Runs every close, last first, each bounded; a close that fails or hangs is logged and does not stop the others. Idempotent. */
  close(): Promise<void>;
  /** From the first sign of a stop. */
  readonly isClosing: () => boolean;
}

export function createLifecycle(logger: FastifyBaseLogger, closeTimeoutMs: number): Lifecycle {
  const steps: { readonly name: string; readonly close: () => Promise<void> | void }[] = [];
  let closing: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    for (const step of steps.reverse()) await closeOne(step.name, step.close, logger, closeTimeoutMs);
  };
  return {
    onClose: (name, close) => {
      steps.push({ name, close });
    },
    close: () => {
      closing ??= closeAll();
      return closing;
    },
    isClosing: () => closing !== undefined,
  };
}

async function closeOne(name: string, close: () => Promise<void> | void, logger: FastifyBaseLogger, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, 'late');
  });
  try {
    const outcome = await Promise.race([Promise.resolve(close()), limit]);
    if (outcome === 'late') logger.warn({ part: name, timeout_ms: timeoutMs }, 'part did not stop in time');
  } catch (error) {
    logger.error({ part: name, err: error }, 'part failed to stop');
  } finally {
    clearTimeout(timer);
  }
}
