/** The items of the sidebar, in the order of the work. One whose action the role may not do is not shown. */
import type { Action } from '@imageflow/core';
import { type Icon, IconHome, IconPlayerPlay } from '@tabler/icons-react';
import type { LinkProps } from '@tanstack/react-router';
import type { Texts } from '../texts/ja.ts';

export interface NavItem {
  readonly to: NonNullable<LinkProps['to']>;
  readonly label: (texts: Texts) => string;
  readonly icon: Icon;
  readonly action: Action;
}

export const navItems: readonly NavItem[] = [
  { to: '/', label: ({ nav }) => nav.home, icon: IconHome, action: 'executions:read' },
  { to: '/runs', label: ({ nav }) => nav.runs, icon: IconPlayerPlay, action: 'executions:read' },
];
