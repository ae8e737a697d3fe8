/** Runs: the list, newest first, and beside it the one that is chosen. Which one and which filter stand in the address. */
import { Empty, Loading } from '@imageflow/ui';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { queries } from '../queries.ts';
import { RequestFailure } from '../shell/RequestFailure.tsx';
import { useTexts } from '../texts/useTexts.tsx';
import { formatDuration, formatTime } from './format.ts';
import { NewRun } from './NewRun.tsx';
import { RunDetail } from './RunDetail.tsx';
import { RunState } from './RunState.tsx';
import styles from './RunsPage.module.css';
import { type RunFilter, runFilters } from './search.ts';

const route = getRouteApi('/shell/runs');

export function RunsPage() {
  const texts = useTexts().runs;
  const { run } = route.useSearch();
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{texts.title}</h1>
        <NewRun />
      </header>
      <div className={styles.halves}>
        <section className={styles.list} aria-label={texts.list}>
          <Filters />
          <RunList />
        </section>
        <section className={styles.detail} aria-label={texts.detail}>
          {run === undefined ? <Empty>{texts.choose}</Empty> : <RunDetail key={run} id={run} />}
        </section>
      </div>
    </div>
  );
}

function Filters() {
  const texts = useTexts().runs;
  const { status } = route.useSearch();
  const label = (filter: RunFilter): string => (filter === 'all' ? texts.all : texts.status[filter]);
  return (
    <nav className={styles.filters} aria-label={texts.filter}>
      {runFilters.map((filter) => (
        <Link
          key={filter}
          to="/runs"
          search={(search) => ({ ...search, status: filter === 'all' ? undefined : filter })}
          aria-current={(status ?? 'all') === filter ? 'true' : undefined}
          className={styles.filter}
        >
          {label(filter)}
        </Link>
      ))}
    </nav>
  );
}

function RunList() {
  const texts = useTexts();
  const { status, run: chosen } = route.useSearch();
  const { data, error, refetch } = useQuery(queries.runs(status));
  if (error) return <RequestFailure error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Loading label={texts.loading} rows={6} height={52} />;
  if (data.items.length === 0) return <Empty>{texts.runs.empty}</Empty>;
  return (
    <ul className={styles.rows}>
      {data.items.map((run) => (
        <li key={run.execution_id}>
          <Link
            to="/runs"
            search={(search) => ({ ...search, run: run.execution_id })}
            className={styles.row}
            aria-current={run.execution_id === chosen ? 'true' : undefined}
          >
            <span className={styles.name}>
              <strong>{run.pipeline_id}</strong>
              <RunState status={run.status} />
            </span>
            <span className={styles.figures}>
              <strong>{formatDuration(run.processing_time_ms)}</strong>
              <time dateTime={run.created_at}>{formatTime(run.created_at, texts.language)}</time>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
