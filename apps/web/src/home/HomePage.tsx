/** What goes on now, what needs someone, and how the server is. Quiet when there is nothing to say. */
import { Empty, Loading } from '@imageflow/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { queries } from '../queries.ts';
import { RunState } from '../runs/RunState.tsx';
import { RequestFailure } from '../shell/RequestFailure.tsx';
import { useTexts } from '../texts/useTexts.tsx';
import styles from './HomePage.module.css';

/** The rest is on the page of runs. */
const mostShown = 20;

export function HomePage() {
  const texts = useTexts().home;
  return (
    <div className={styles.page}>
      <h1>{texts.title}</h1>
      <div className={styles.blocks}>
        <Block title={texts.now}>
          <Now />
        </Block>
        <Block title={texts.attention}>
          <Attention />
        </Block>
      </div>
      <HealthLine />
    </div>
  );
}

function Block({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={styles.block}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Now() {
  const texts = useTexts();
  const running = useQuery(queries.runs('running'));
  const pending = useQuery(queries.runs('pending'));
  const failed = [running, pending].find(({ error }) => error !== null);
  if (failed?.error) return <RequestFailure error={failed.error} retry={() => void failed.refetch()} />;
  if (running.data === undefined || pending.data === undefined) return <Loading label={texts.loading} />;
  const runs = [...running.data.items, ...pending.data.items].slice(0, mostShown);
  if (runs.length === 0) return <Empty>{texts.home.nowEmpty}</Empty>;
  return (
    <ul className={styles.list}>
      {runs.map((run) => (
        <li key={run.execution_id}>
          <Link to="/runs" search={{ run: run.execution_id }}>
            {run.pipeline_id}
          </Link>
          <span>{texts.home.version(String(run.pipeline_version))}</span>
          <span>{texts.home.images(run.input_count)}</span>
          <span className={styles.end}>
            <RunState status={run.status} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Attention() {
  const texts = useTexts();
  const health = useQuery(queries.health());
  const { data: me } = useQuery(queries.me());
  const mayRead = me?.actions.includes('dead_letters:read') === true;
  const dead = useQuery({ ...queries.deadLetters(), enabled: mayRead });
  if (dead.error) return <RequestFailure error={dead.error} retry={() => void dead.refetch()} />;
  if (health.isPending || (mayRead && dead.isPending)) return <Loading label={texts.loading} />;
  const down = (health.data?.dependencies ?? []).filter(({ status }) => status === 'unhealthy');
  const letters = dead.data?.items.length ?? 0;
  if (down.length === 0 && letters === 0) return <Empty>{texts.home.attentionEmpty}</Empty>;
  return (
    <ul className={styles.list}>
      {down.map(({ name }) => (
        <li key={name} className={styles.fault}>
          {texts.home.down(name)}
        </li>
      ))}
      {letters > 0 && <li>{texts.home.deadLetters(`${letters}${dead.data?.next_cursor === null ? '' : '+'}`)}</li>}
    </ul>
  );
}

function HealthLine() {
  const texts = useTexts().home;
  const { data: health } = useQuery(queries.health());
  if (health === undefined) return null;
  return (
    <p className={styles.health}>
      {texts.health}: {texts.states[health.status]} · {texts.version(health.version)} · {health.timezone}
    </p>
  );
}
