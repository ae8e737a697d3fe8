/** Whether the server answers, and a reload when it has become another version: an old page cannot read every new answer. */
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { queries } from '../queries.ts';
import { useTexts } from '../texts/useTexts.tsx';
import styles from './Shell.module.css';

function useConnection() {
  const health = useQuery(queries.health());
  return { isOffline: health.isError, since: health.dataUpdatedAt || Date.now(), version: health.data?.version };
}

export function ConnectionDot() {
  const { connection } = useTexts();
  const { isOffline } = useConnection();
  return (
    <span className={styles.connection} data-offline={isOffline} role="status">
      <span className={styles.dot} aria-hidden="true" />
      {isOffline ? connection.offline : connection.connected}
    </span>
  );
}

export function OfflineLine() {
  const texts = useTexts();
  const { isOffline, since } = useConnection();
  if (!isOffline) return null;
  return (
    <p role="alert" className={styles.offline}>
      {texts.connection.since(new Date(since).toLocaleTimeString(texts.language))}
    </p>
  );
}

/** Waits for the next change of the page, when nothing is half typed. */
export function useReloadOnUpgrade(): void {
  const router = useRouter();
  const { version } = useConnection();
  useEffect(() => {
    if (version === undefined || version === __VERSION__) return;
    return router.subscribe('onResolved', ({ pathChanged }) => {
      if (pathChanged) location.reload();
    });
  }, [router, version]);
}
