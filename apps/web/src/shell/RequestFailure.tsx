/** A call that failed, in the reader's words: those of the server where it answered. */
import { ApiError } from '@imageflow/client';
import { Failure } from '@imageflow/ui';
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { useTexts } from '../texts/useTexts.tsx';

export function RequestFailure({ error, retry }: { readonly error: Error; readonly retry: () => void }) {
  const texts = useTexts();
  const isAnswered = error instanceof ApiError;
  const more = isAnswered ? { label: texts.details, text: `${error.code} · ${error.problem.trace_id}` } : undefined;
  const detail = isAnswered ? error.message : texts.unreachable;
  return <Failure title={texts.failed} detail={detail} retry={{ label: texts.retry, act: retry }} more={more} />;
}

export function RouteFailure({ error }: ErrorComponentProps) {
  const router = useRouter();
  return <RequestFailure error={error instanceof Error ? error : new Error(String(error))} retry={() => void router.invalidate()} />;
}
