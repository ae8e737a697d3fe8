/** When each step of a run ran: a bar from its start to its end, on one scale from acceptance to the end. */
import type { Run } from '../queries.ts';
import { useTexts } from '../texts/useTexts.tsx';
import { formatDuration } from './format.ts';
import { RunState } from './RunState.tsx';
import { spansOf } from './spans.ts';
import styles from './Timeline.module.css';

export function Timeline({ run }: { readonly run: Run }) {
  const texts = useTexts().runs;
  const { spans, totalMs } = spansOf(run, Date.now());
  return (
    <table className={styles.timeline}>
      <thead>
        <tr>
          <th scope="col">{texts.step}</th>
          <th scope="col">{texts.state}</th>
          <th scope="col" className={styles.scale}>
            <span>0 ms</span>
            <span>{formatDuration(totalMs)}</span>
          </th>
          <th scope="col">{texts.time}</th>
        </tr>
      </thead>
      <tbody>
        {spans.map(({ step, from, to }) => (
          <tr key={`${step.step_id} ${step.input}`} data-failed={step.status === 'failed'}>
            <th scope="row">
              {step.step_id}
              {run.input_files.length > 1 && <span className={styles.input}> {texts.ofInput(step.input + 1)}</span>}
            </th>
            <td>
              <RunState status={step.status} />
            </td>
            <td className={styles.track}>
              {from !== undefined && (
                <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                  <rect x={from * 100} y="0" width={Math.max((to - from) * 100, 0.5)} height="10" />
                </svg>
              )}
              <span className={styles.by}>
                {step.instance_id}
                {step.attempts > 1 && ` · ${texts.attempts(step.attempts)}`}
              </span>
            </td>
            <td className={styles.time}>{formatDuration(step.processing_time_ms)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
