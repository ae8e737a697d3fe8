/** What a page or a part of it shows instead of its content: on the way, empty, or not to be had. */
import { Button, Skeleton } from '@mantine/core';
import { IconAlertTriangle, IconPhoto } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import styles from './PageState.module.css';

const skeletonDelayMs = 150;

/** Rows in the size of those that come. Nothing for the first moment: what flashes disturbs more than a short wait. */
export function Loading({ label, rows = 3, height = 37 }: { readonly label: string; readonly rows?: number; readonly height?: number }) {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), skeletonDelayMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" aria-label={label} className={styles.rows}>
      {isLate && Array.from({ length: rows }, (_, row) => `row-${row}`).map((row) => <Skeleton key={row} height={height} />)}
    </div>
  );
}

/** `children` is one sentence on why it is empty and what fills it; `act` the one thing to do. */
export function Empty({ children, act }: { readonly children: ReactNode; readonly act?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <IconPhoto size={28} stroke={1.75} aria-hidden="true" />
      <p>{children}</p>
      {act}
    </div>
  );
}

export interface FailureProps {
  readonly title: string;
  /** What happened, to which thing, what to do: the server's own words where it has any. */
  readonly detail: string;
  readonly retry?: { readonly label: string; readonly act: () => void } | undefined;
  /** Code and trace, for who asks for help. */
  readonly more?: { readonly label: string; readonly text: string } | undefined;
}

export function Failure({ title, detail, retry, more }: FailureProps) {
  return (
    <div role="alert" className={styles.failure}>
      <IconAlertTriangle size={18} stroke={1.75} aria-hidden="true" />
      <div>
        <strong>{title}</strong>
        <p>{detail}</p>
        {more !== undefined && (
          <details>
            <summary>{more.label}</summary>
            <code>{more.text}</code>
          </details>
        )}
      </div>
      {retry !== undefined && (
        <Button variant="default" size="xs" onClick={retry.act}>
          {retry.label}
        </Button>
      )}
    </div>
  );
}
