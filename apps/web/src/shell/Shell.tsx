/** What is around every page: brand, connection, preferences, account, and the way to the other pages. */
import { Menu, UnstyledButton } from '@mantine/core';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect } from 'react';
import { queries } from '../queries.ts';
import { onSignedOut, signOut } from '../session.ts';
import { useTexts } from '../texts/useTexts.tsx';
import { Brand } from './Brand.tsx';
import { ConnectionDot, OfflineLine, useReloadOnUpgrade } from './Connection.tsx';
import { navItems } from './nav.ts';
import { Preferences } from './Preferences.tsx';
import styles from './Shell.module.css';

export function Shell() {
  const texts = useTexts();
  useReloadOnUpgrade();
  return (
    <div className={styles.shell}>
      <a href="#content" className={styles.skip}>
        {texts.skip}
      </a>
      <header className={styles.bar}>
        <Brand />
        <span className={styles.spring} />
        <ConnectionDot />
        <Preferences />
        <Account />
      </header>
      <Sidebar />
      <main id="content" tabIndex={-1} className={styles.content}>
        <OfflineLine />
        <Outlet />
      </main>
    </div>
  );
}

function Sidebar() {
  const texts = useTexts();
  const { data: me } = useSuspenseQuery(queries.me());
  const items = navItems.filter(({ action }) => me.actions.includes(action));
  return (
    <nav aria-label={texts.nav.label} className={styles.sidebar}>
      {items.map(({ to, label, icon: Icon }) => (
        <Link key={to} to={to} className={styles.item} activeOptions={{ exact: to === '/' }}>
          <Icon size={18} stroke={1.75} aria-hidden="true" />
          <span>{label(texts)}</span>
        </Link>
      ))}
    </nav>
  );
}

function Account() {
  const { account } = useTexts();
  const { data: me } = useSuspenseQuery(queries.me());
  const leave = useLeave();
  const initials = me.username.slice(0, 2).toUpperCase();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <UnstyledButton className={styles.account} aria-label={`${initials}, ${account.menu}: ${me.username}`}>
          {initials}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.username}</Menu.Label>
        <Menu.Item component="a" href="/api/docs">
          {account.reference}
        </Menu.Item>
        <Menu.Item component="a" href="/server">
          {account.server}
        </Menu.Item>
        <Menu.Item onClick={() => void signOut().finally(leave)}>{account.signOut}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** To the sign-in, with nothing of the last user left in memory; also when another tab has signed out. */
function useLeave(): () => void {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const leave = useCallback(() => {
    void navigate({ to: '/login' }).then(() => queryClient.clear());
  }, [navigate, queryClient]);
  useEffect(() => onSignedOut(leave), [leave]);
  return leave;
}
