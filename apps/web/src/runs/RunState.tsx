/** The state of a run or a step: a mark and a word, never colour alone. */
import { type Icon, IconCheck, IconCircleOff, IconClock, IconPlayerPlay, IconPlayerSkipForward, IconX } from '@tabler/icons-react';
import { useTexts } from '../texts/useTexts.tsx';
import styles from './RunState.module.css';
import type { RunStatus } from './search.ts';

const marks: Readonly<Record<RunStatus | 'skipped', Icon>> = {
  pending: IconClock,
  running: IconPlayerPlay,
  completed: IconCheck,
  failed: IconX,
  cancelled: IconCircleOff,
  skipped: IconPlayerSkipForward,
};

export function RunState({ status }: { readonly status: RunStatus | 'skipped' }) {
  const texts = useTexts().runs;
  const Mark = marks[status];
  return (
    <span className={styles.state} data-status={status}>
      <Mark size={14} stroke={2} aria-hidden="true" />
      {texts.status[status]}
    </span>
  );
}
