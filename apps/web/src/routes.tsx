/** The addresses of the pages. Each page is a chunk of its own, loaded when someone goes there. */
import { ApiError } from '@imageflow/client';
import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { LoginPage } from './login/LoginPage.tsx';
import { queries } from './queries.ts';
import { parseRunsSearch } from './runs/search.ts';
import { NotFound } from './shell/NotFound.tsx';
import { RouteFailure } from './shell/RequestFailure.tsx';
import { Shell } from './shell/Shell.tsx';

interface RouterContext {
  readonly queryClient: QueryClient;
}

const rootRoute = createRootRouteWithContext<RouterContext>()({ component: Outlet, notFoundComponent: NotFound });

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  // Only addresses of our own: what follows "//" would be another site.
  validateSearch: ({ next }): { readonly next?: string } => (typeof next === 'string' && /^\/(?![/\\])/.test(next) ? { next } : {}),
  component: LoginPage,
});

/** Everything that needs a sign-in, inside the shell. */
const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(queries.me());
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) throw redirect({ to: '/login', search: { next: location.href } });
      throw error;
    }
  },
});

const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./home/HomePage.tsx'), 'HomePage'),
});

const runsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/runs',
  validateSearch: parseRunsSearch,
  component: lazyRouteComponent(() => import('./runs/RunsPage.tsx'), 'RunsPage'),
});

const tree = rootRoute.addChildren([loginRoute, shellRoute.addChildren([homeRoute, runsRoute])]);

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({ routeTree: tree, context: { queryClient }, defaultPreload: 'intent', defaultErrorComponent: RouteFailure });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
