/** Signing in and out, and tickets that open WebSockets from browsers. */
import { z } from 'zod';
import { defineRoute } from '../define.ts';
import { newPassword, role, user } from './users.rest.ts';

/** Longer ones only cost time to hash. */
const typedPassword = z.string().min(1).max(256);

const grant = z
  .object({
    access_token: z.string().meta({ description: 'A JWT; send it as "Authorization: Bearer …"' }),
    token_type: z.literal('Bearer'),
    expires_in: z.int().meta({ description: 'Seconds until the access token expires', examples: [900] }),
    refresh_token: z.string().meta({ description: 'Good for one exchange at /auth/refresh' }),
    user: z.object({ id: z.uuid(), username: z.string(), role }),
  })
  .meta({ id: 'Grant', description: 'Tokens of a sign-in' });

const pageGrant = z
  .object({ user: grant.shape.user, expires_in: grant.shape.expires_in })
  .meta({ id: 'PageGrant', description: 'A sign-in of a page; its tokens are in cookies' });

const setCookie = { 'Set-Cookie': 'The tokens, which scripts cannot read' };

const ticket = z
  .object({
    ticket: z.string().meta({ description: 'Append it to the address: /ws/execution/{id}?ticket=…' }),
    expires_in: z.int().meta({ description: 'Seconds', examples: [30] }),
    expires_at: z.iso.datetime({ offset: true }),
  })
  .meta({ id: 'Ticket', description: 'Opens one WebSocket' });

const tag = 'auth';

export const authRoutes = {
  login: defineRoute({
    operationId: 'login',
    method: 'POST',
    path: '/auth/login',
    tag,
    summary: { ja: 'ログインして、アクセストークンとリフレッシュトークンを受け取ります。', en: 'Sign in' },
    description:
      'Answers a short-lived access token and a refresh token. Attempts are limited per user name and per address; the answer is the same for an unknown, a disabled and a wrong sign-in.',
    action: 'public',
    body: {
      kind: 'json',
      schema: z
        .object({ username: z.string().min(1).max(100), password: typedPassword })
        .meta({ id: 'Login', examples: [{ username: 'admin', password: 'correct horse battery staple' }] }),
    },
    responses: { 200: { description: 'Signed in', schema: grant } },
    errors: ['LOGIN_FAILED', 'RATE_LIMITED'],
  }),
  refresh: defineRoute({
    operationId: 'refreshToken',
    method: 'POST',
    path: '/auth/refresh',
    tag,
    summary: { ja: 'リフレッシュトークンを新しいトークンと交換します。', en: 'Exchange a refresh token' },
    description: 'Answers new tokens and uses the old refresh token up. One that comes a second time ends the whole sign-in.',
    action: 'public',
    body: { kind: 'json', schema: z.object({ refresh_token: z.string().min(1).max(500) }).meta({ id: 'Refresh' }) },
    responses: { 200: { description: 'New tokens', schema: grant } },
    errors: ['UNAUTHENTICATED'],
  }),
  logout: defineRoute({
    operationId: 'logout',
    method: 'POST',
    path: '/auth/logout',
    tag,
    summary: { ja: 'ログアウトします。両方のトークンが無効になります。', en: 'Sign out' },
    description: 'Ends the sign-in: neither its access token nor its refresh token is accepted afterwards.',
    action: 'auth:self',
    responses: { 204: { description: 'Signed out' } },
    errors: [],
  }),
  startPageSession: defineRoute({
    operationId: 'startPageSession',
    method: 'POST',
    path: '/auth/browser-session',
    tag,
    summary: { ja: 'このサーバーのページからログインします。トークンは Cookie で渡されます。', en: 'Sign in from a page of this server' },
    description:
      'As /auth/login, but the tokens come as cookies (HttpOnly, SameSite=Strict), so that images, videos and downloads of the page carry them. Requests that another site’s page makes are not signed in by them.',
    action: 'public',
    body: { kind: 'json', schema: z.object({ username: z.string().min(1).max(100), password: typedPassword }).meta({ id: 'PageLogin' }) },
    responses: { 200: { description: 'Signed in', schema: pageGrant, headers: setCookie } },
    errors: ['LOGIN_FAILED', 'RATE_LIMITED', 'UNAUTHENTICATED'],
  }),
  refreshPageSession: defineRoute({
    operationId: 'refreshPageSession',
    method: 'POST',
    path: '/auth/browser-session/refresh',
    tag,
    summary: { ja: 'ページの Cookie を新しいものと交換します。', en: 'Exchange the cookies of a page' },
    description: 'New cookies for the old ones. One tab at a time: a refresh token that comes a second time ends the whole sign-in.',
    action: 'public',
    responses: { 200: { description: 'New cookies', schema: pageGrant, headers: setCookie } },
    errors: ['UNAUTHENTICATED'],
  }),
  endPageSession: defineRoute({
    operationId: 'endPageSession',
    method: 'DELETE',
    path: '/auth/browser-session',
    tag,
    summary: { ja: 'ページからログアウトし、Cookie を消します。', en: 'Sign out of the pages' },
    description: 'Ends the sign-in and removes its cookies.',
    action: 'auth:self',
    responses: { 204: { description: 'Signed out', headers: setCookie } },
    errors: [],
  }),
  me: defineRoute({
    operationId: 'getMe',
    method: 'GET',
    path: '/auth/me',
    tag,
    summary: { ja: 'ログイン中のアカウントと、許可された操作を取得します。', en: 'Who am I' },
    description: 'The account that is signed in, and what its role allows.',
    action: 'auth:self',
    responses: {
      200: {
        description: 'The account',
        schema: user.extend({ actions: z.array(z.string()).meta({ examples: [['pipelines:read', 'executions:run']] }) }).meta({ id: 'Me' }),
      },
    },
    errors: [],
  }),
  changePassword: defineRoute({
    operationId: 'changePassword',
    method: 'POST',
    path: '/auth/password',
    tag,
    summary: { ja: '自分のパスワードを変更します。', en: 'Change my password' },
    description: 'Ends all other sign-ins of the account.',
    action: 'auth:self',
    body: {
      kind: 'json',
      schema: z.object({ current_password: typedPassword, new_password: newPassword }).meta({ id: 'PasswordChange' }),
    },
    responses: { 204: { description: 'Changed' } },
    errors: ['LOGIN_FAILED', 'RATE_LIMITED'],
  }),
  createTicket: defineRoute({
    operationId: 'createTicket',
    method: 'POST',
    path: '/ws-tickets',
    tag,
    summary: { ja: 'WebSocket 接続用の使い捨てチケットを発行します。', en: 'Get a WebSocket ticket' },
    description:
      'Browsers cannot send headers when they open a WebSocket; they bring a ticket in the address. It is good once, for 30 seconds.',
    action: 'auth:self',
    responses: { 201: { description: 'A ticket', schema: ticket } },
    errors: [],
  }),
} as const;
