/** Sign-in, and beside it what the product does, without asking the server anything. */
import { ApiError } from '@imageflow/client';
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, type KeyboardEvent, useEffect, useState } from 'react';
import { signIn } from '../session.ts';
import { Brand } from '../shell/Brand.tsx';
import { Preferences } from '../shell/Preferences.tsx';
import { useTexts } from '../texts/useTexts.tsx';
import styles from './LoginPage.module.css';
import { RecordedRun } from './RecordedRun.tsx';

export function LoginPage() {
  const texts = useTexts();
  return (
    <div className={styles.page}>
      <main className={styles.side}>
        <div className={styles.head}>
          <Brand />
          <span className={styles.switches}>
            <Preferences />
          </span>
        </div>
        <h1>{texts.login.title}</h1>
        <p className={styles.lead}>{texts.login.version(__VERSION__)}</p>
        <LoginForm />
      </main>
      <RecordedRun />
    </div>
  );
}

function LoginForm() {
  const texts = useTexts();
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const { failure, seconds, isSending, submit } = useSignIn();
  const [isCaps, setCaps] = useState(false);
  const watchCaps = (event: KeyboardEvent) => setCaps(event.getModifierState('CapsLock'));
  const send = (event: FormEvent) => {
    event.preventDefault();
    void submit(user, password);
  };
  const message = seconds > 0 ? texts.login.countdown(seconds) : failure;
  return (
    <form className={styles.form} onSubmit={send}>
      <TextInput
        label={texts.login.user}
        size="md"
        name="username"
        autoComplete="username"
        autoFocus
        required
        withAsterisk={false}
        value={user}
        onChange={(event) => setUser(event.currentTarget.value)}
      />
      <PasswordInput
        label={texts.login.password}
        size="md"
        name="password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        onKeyUp={watchCaps}
        visibilityToggleButtonProps={{ 'aria-label': texts.login.showPassword, tabIndex: 0 }}
      />
      <p className={styles.hint}>{isCaps ? texts.login.capsLock : texts.login.hint}</p>
      {message !== undefined && (
        <p role="alert" className={styles.failure}>
          {message}
        </p>
      )}
      <Button type="submit" size="md" fullWidth loading={isSending} disabled={seconds > 0}>
        {texts.login.submit}
      </Button>
    </form>
  );
}

function useSignIn() {
  const texts = useTexts();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const { next } = useSearch({ from: '/login' });
  const [failure, setFailure] = useState<string>();
  const [isSending, setSending] = useState(false);
  const [seconds, setSeconds] = useCountdown();
  const submit = async (user: string, password: string): Promise<void> => {
    setSending(true);
    setFailure(undefined);
    try {
      await signIn(user, password);
      queryClient.clear();
      await navigate({ href: next ?? '/' });
    } catch (error) {
      if (error instanceof ApiError && error.retryAfterSeconds !== undefined) setSeconds(error.retryAfterSeconds);
      setFailure(error instanceof ApiError ? error.message : texts.unreachable);
    } finally {
      setSending(false);
    }
  };
  return { failure, seconds, isSending, submit };
}

function useCountdown() {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    if (seconds <= 0) return;
    const timer = setTimeout(() => setSeconds(seconds - 1), 1000);
    return () => clearTimeout(timer);
  }, [seconds]);
  return [seconds, setSeconds] as const;
}
