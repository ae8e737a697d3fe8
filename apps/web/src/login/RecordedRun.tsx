/** What the sample pipeline found, one surface after the other. */
import { Verdict } from '@imageflow/ui';
import { Button } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTexts } from '../texts/useTexts.tsx';
import styles from './RecordedRun.module.css';
import { type Detection, recordings, surfaceSize } from './recorded.ts';

const stayMs = 4000;

export function RecordedRun() {
  const texts = useTexts().recorded;
  const { at, setAt, isPlaying, setPlaying } = useShow(recordings.length);
  const recording = recordings[at];
  return (
    <aside className={styles.run} data-mantine-color-scheme="dark">
      <div className={styles.head}>
        <div>
          <h2>{texts.title}</h2>
          <p>{texts.lead}</p>
        </div>
        <Button
          className={styles.pause}
          variant="outline"
          leftSection={isPlaying ? <IconPlayerPause size={16} /> : <IconPlayerPlay size={16} />}
          onClick={() => setPlaying(!isPlaying)}
        >
          {isPlaying ? texts.pause : texts.play}
        </Button>
      </div>
      <div className={styles.stage}>
        {recording !== undefined && <Surface picture={recording.picture} detections={recording.detections} />}
        <div className={styles.result}>
          <Result detections={recording?.detections ?? []} />
          <div className={styles.strip}>
            {recordings.map(({ file, picture }, index) => (
              <button
                key={file}
                type="button"
                aria-label={texts.surface(index + 1)}
                aria-pressed={index === at}
                onClick={() => {
                  setPlaying(false);
                  setAt(index);
                }}
              >
                <img src={picture} alt="" />
              </button>
            ))}
          </div>
          <p className={styles.warning}>{texts.warning}</p>
        </div>
      </div>
    </aside>
  );
}

function Surface({ picture, detections }: { readonly picture: string; readonly detections: readonly Detection[] }) {
  const texts = useTexts();
  const list = detections.map(({ label, score }) => `${texts.classes[label] ?? label} ${score.toFixed(2)}`).join(', ');
  return (
    <div className={styles.surface}>
      <img src={picture} alt={list === '' ? texts.recorded.none : texts.recorded.found(list)} />
      <svg viewBox={`0 0 ${surfaceSize} ${surfaceSize}`} aria-hidden="true">
        {detections.map(({ label, box }) => (
          <g key={`${box.x} ${box.y}`} data-class={label}>
            <rect {...box} className={styles.halo} />
            <rect {...box} className={styles.box} />
          </g>
        ))}
        {detections.map(({ label, score, box }) => (
          <text key={`${box.x} ${box.y}`} data-class={label} x={box.x + 2} y={Math.max(box.y - 5, 10)}>
            {texts.classes[label] ?? label} {score.toFixed(2)}
          </text>
        ))}
      </svg>
    </div>
  );
}

function Result({ detections }: { readonly detections: readonly Detection[] }) {
  const texts = useTexts();
  const verdict = detections.length > 0 ? 'ng' : 'ok';
  return (
    <>
      <Verdict verdict={verdict} label={texts.verdict[verdict]} size="block">
        {texts.recorded.count(detections.length)}
        <br />
        {texts.recorded.limit}
      </Verdict>
      <ul className={styles.list}>
        {detections.map(({ label, score, box }) => (
          <li key={`${box.x} ${box.y}`}>
            <span className={styles.letter} data-class={label} aria-hidden="true">
              {label.slice(0, 1).toUpperCase()}
            </span>
            <span>{texts.classes[label] ?? label}</span>
            <strong>{score.toFixed(2)}</strong>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Goes on by itself until someone stops it, and not at all for those who want no motion. */
function useShow(count: number) {
  const [at, setAt] = useState(0);
  const [isPlaying, setPlaying] = useState(() => !matchMedia('(prefers-reduced-motion: reduce)').matches);
  useEffect(() => {
    if (!isPlaying) return;
    const timer = setInterval(() => setAt((now) => (now + 1) % count), stayMs);
    return () => clearInterval(timer);
  }, [isPlaying, count]);
  return { at, setAt, isPlaying, setPlaying };
}
