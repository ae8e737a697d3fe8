/** Starts a run: a pipeline and images; the new run is shown at once. */

import { executionRoutes } from '@imageflow/contract';
import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { queries } from '../queries.ts';
import { api } from '../session.ts';
import { useTexts } from '../texts/useTexts.tsx';
import styles from './NewRun.module.css';

/** An upload of many large photos over a plant's network takes its time. */
const uploadMs = 300_000;

export function NewRun() {
  const texts = useTexts().runs;
  const dialog = useRef<HTMLDialogElement>(null);
  const { data: me } = useQuery(queries.me());
  if (me?.actions.includes('executions:run') !== true) return null;
  return (
    <>
      <Button size="xs" onClick={() => dialog.current?.showModal()}>
        {texts.start}
      </Button>
      <dialog ref={dialog} className={styles.dialog} aria-labelledby="new-run">
        <NewRunForm close={() => dialog.current?.close()} />
      </dialog>
    </>
  );
}

function NewRunForm({ close }: { readonly close: () => void }) {
  const texts = useTexts().runs;
  const pipelines = useQuery(queries.pipelines());
  const [files, setFiles] = useState<readonly File[]>([]);
  const client = useQueryClient();
  const navigate = useNavigate();
  const start = useMutation({
    mutationFn: (form: FormData) => api().call(executionRoutes.createExecution, { form }, { timeoutMs: uploadMs }),
    onSuccess: async ({ execution_id }) => {
      setFiles([]);
      close();
      await client.invalidateQueries({ queryKey: ['runs'] });
      await navigate({ to: '/runs', search: { run: execution_id } });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData();
    form.set('pipeline_id', String(new FormData(event.currentTarget).get('pipeline') ?? ''));
    for (const file of files) form.append('input_files', file);
    start.mutate(form);
  };
  const failed = start.error ?? pipelines.error;
  return (
    <form onSubmit={submit} className={styles.form}>
      <h2 id="new-run">{texts.start}</h2>
      <label className={styles.field}>
        {texts.pipeline}
        <select name="pipeline" required>
          {(pipelines.data?.items ?? []).map(({ pipeline_id, name }) => (
            <option key={pipeline_id} value={pipeline_id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label className={styles.field}>
        {texts.files}
        <input type="file" accept="image/*" multiple required onChange={({ target }) => setFiles([...(target.files ?? [])])} />
      </label>
      {failed && (
        <p role="alert" className={styles.fault}>
          {failed.message}
        </p>
      )}
      <div className={styles.acts}>
        <Button variant="default" size="xs" onClick={close}>
          {texts.close}
        </Button>
        <Button type="submit" size="xs" loading={start.isPending} disabled={files.length === 0}>
          {texts.run}
        </Button>
      </div>
    </form>
  );
}
