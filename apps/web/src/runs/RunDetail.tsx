/** One run: what it was, when each step ran, what was found, and its images. Read anew each second while it goes on. */

import { executionRoutes } from '@imageflow/contract';
import { Loading } from '@imageflow/ui';
import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { hasEnded, queries, type Run } from '../queries.ts';
import { api } from '../session.ts';
import { RequestFailure } from '../shell/RequestFailure.tsx';
import { useTexts } from '../texts/useTexts.tsx';
import { formatDuration, formatTime } from './format.ts';
import styles from './RunDetail.module.css';
import { RunState } from './RunState.tsx';
import { Timeline } from './Timeline.tsx';

export function RunDetail({ id }: { readonly id: string }) {
  const texts = useTexts();
  const { data: run, error, refetch } = useQuery(queries.run(id));
  if (error) return <RequestFailure error={error} retry={() => void refetch()} />;
  if (run === undefined) return <Loading label={texts.loading} rows={8} />;
  return (
    <article className={styles.run}>
      <header className={styles.head}>
        <div>
          <h2>
            {run.pipeline_id} <span className={styles.version}>{texts.home.version(String(run.pipeline_version))}</span>
          </h2>
          <RunState status={run.status} /> <code className={styles.id}>{run.execution_id}</code>
        </div>
        <Acts run={run} />
      </header>
      <Facts run={run} />
      {run.error !== null && (
        <p role="alert" className={styles.fault}>
          <strong>{run.error.step_id ?? run.error.code}</strong> {run.error.message}
        </p>
      )}
      <Timeline run={run} />
      <Found run={run} />
      <Images run={run} />
    </article>
  );
}

function Acts({ run }: { readonly run: Run }) {
  const texts = useTexts().runs;
  const { data: me } = useQuery(queries.me());
  const client = useQueryClient();
  const navigate = useNavigate();
  const cancel = useMutation({
    mutationFn: () => api().call(executionRoutes.cancelExecution, { params: { id: run.execution_id } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['run', run.execution_id] }),
  });
  const again = useMutation({
    mutationFn: () => api().call(executionRoutes.rerunExecution, { params: { id: run.execution_id }, body: {} }),
    onSuccess: async ({ execution_id }) => {
      await client.invalidateQueries({ queryKey: ['runs'] });
      await navigate({ to: '/runs', search: { run: execution_id } });
    },
  });
  if (me?.actions.includes('executions:run') !== true) return null;
  const failed = cancel.error ?? again.error;
  return (
    <div className={styles.acts}>
      {failed && <span role="alert">{failed.message}</span>}
      {hasEnded(run) ? (
        <Button size="xs" onClick={() => again.mutate()} loading={again.isPending}>
          {texts.again}
        </Button>
      ) : (
        <Button size="xs" variant="default" onClick={() => cancel.mutate()} loading={cancel.isPending}>
          {texts.cancel}
        </Button>
      )}
    </div>
  );
}

function Facts({ run }: { readonly run: Run }) {
  const { runs: texts, language } = useTexts();
  const waitedMs = run.started_at === null ? null : Date.parse(run.started_at) - Date.parse(run.created_at);
  const facts: readonly (readonly [string, string])[] = [
    [texts.total, formatDuration(run.processing_time_ms)],
    [texts.waited, formatDuration(waitedMs)],
    [texts.mode, texts.modes[run.execution_mode]],
    [texts.priority, texts.priorities[run.priority]],
    [texts.accepted, formatTime(run.created_at, language)],
    [texts.steps, `${run.progress.completed_steps} / ${run.progress.total_steps}`],
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Found({ run }: { readonly run: Run }) {
  const texts = useTexts();
  const last = run.input_files.map((_file, input) => run.steps.findLast((step) => step.input === input && step.detections.length > 0));
  const found = last.flatMap((step) => step?.detections ?? []);
  if (found.length === 0) return null;
  return (
    <section className={styles.block}>
      <h3>{texts.runs.found(found.length)}</h3>
      <ul className={styles.found}>
        {found.map(({ class_name, confidence, bbox_original: box }) => (
          <li key={`${class_name} ${confidence} ${box.x} ${box.y}`}>
            <strong>{texts.classes[class_name] ?? class_name}</strong> {confidence.toFixed(2)}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Images come by their addresses alone: the cookies of the sign-in go with them. */
function Images({ run }: { readonly run: Run }) {
  const texts = useTexts().runs;
  const inputs = run.input_files.map((file) => ({ id: file.file_id, name: file.filename, label: texts.input }));
  const outputs = run.output_files.map((file) => ({ id: file.file_id, name: file.filename, label: file.step_id }));
  return (
    <section className={styles.block}>
      <h3>{texts.images}</h3>
      <ul className={styles.images}>
        {[...inputs, ...outputs].map(({ id, name, label }) => (
          <li key={id}>
            <a href={`/api/v1/files/${id}`} target="_blank" rel="noreferrer" title={name}>
              <img src={`/api/v1/files/${id}/thumbnail`} alt={`${label}: ${name}`} loading="lazy" />
            </a>
            <span>{label}</span>
            <a href={`/api/v1/files/${id}/download`} download={name}>
              {texts.download}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
