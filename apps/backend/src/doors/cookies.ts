/** Sign-ins of this server's own pages: tokens in cookies that no script can read, so that images, videos and downloads carry them too. */
import type { FastifyRequest } from 'fastify';

interface Grant {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
  readonly refreshTokenSeconds: number;
}

const accessCookie = 'imageflow_access';
const refreshCookie = 'imageflow_refresh';
/** The refresh token goes to its own address only. */
const refreshPath = '/api/v1/auth/browser-session';
const safeMethods = new Set(['GET', 'HEAD']);

/** `Set-Cookie` lines of a sign-in. */
export function grantCookies(grant: Grant, isSecure: boolean): string[] {
  return [
    cookie(accessCookie, grant.accessToken, '/', grant.expiresInSeconds, isSecure),
    cookie(refreshCookie, grant.refreshToken, refreshPath, grant.refreshTokenSeconds, isSecure),
  ];
}

/** `Set-Cookie` lines that make the browser forget the sign-in. */
export function endCookies(isSecure: boolean): string[] {
  return [cookie(accessCookie, '', '/', 0, isSecure), cookie(refreshCookie, '', refreshPath, 0, isSecure)];
}

/** The access token of the page's cookie; undefined when there is none, or when the request may come from another site's page. */
export function pageToken(request: FastifyRequest): string | undefined {
  return isOwnPage(request) ? readCookie(request.headers.cookie, accessCookie) : undefined;
}

export function pageRefreshToken(request: FastifyRequest): string | undefined {
  return isOwnPage(request) ? readCookie(request.headers.cookie, refreshCookie) : undefined;
}

/**
 * Whether a request that carries a cookie was made by a page of this server. Browsers say where a change and a WebSocket come from by `Origin`,
 * and over TLS by `Sec-Fetch-Site`; a plain GET may say nothing, and changes nothing.
 */
export function isOwnPage(request: FastifyRequest): boolean {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  if (origin !== undefined) return hostOf(origin) === request.host.toLowerCase();
  return site === 'same-origin' || (safeMethods.has(request.method) && request.headers.upgrade === undefined);
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function readCookie(header: string | undefined, name: string): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  const found = pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  return found === '' ? undefined : found;
}

function cookie(name: string, value: string, path: string, seconds: number, isSecure: boolean): string {
  return `${name}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}
