/** The verdict of a part or an image: mark, word, colour and polarity together, never colour alone. */
import type { ReactNode } from 'react';
import styles from './Verdict.module.css';

export type VerdictName = 'ok' | 'ng' | 'review';

/** ○, × and △ as shapes: fonts draw the characters differently, and screen readers say them. */
const marks: Readonly<Record<VerdictName, ReactNode>> = {
  ok: <circle cx="8" cy="8" r="5.5" />,
  ng: <path d="M3 3 13 13M13 3 3 13" />,
  review: <path d="M8 2.5 14 13.5H2Z" />,
};

export interface VerdictProps {
  readonly verdict: VerdictName;
  /** The word beside the mark, in the reader's language. */
  readonly label: string;
  /** `block` is for the place where the verdict is the page's message. */
  readonly size?: 'badge' | 'block';
  readonly children?: ReactNode;
}

export function Verdict({ verdict, label, size = 'badge', children }: VerdictProps) {
  return (
    <span className={styles.verdict} data-verdict={verdict} data-size={size}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {marks[verdict]}
      </svg>
      <span className={styles.word}>{label}</span>
      {children !== undefined && <span className={styles.detail}>{children}</span>}
    </span>
  );
}
