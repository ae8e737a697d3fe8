/** A typed client of the REST API: takes a route of the contract and its parts, answers what the contract promises. */

import type { Route } from '@imageflow/contract';
import { authRoutes } from '@imageflow/contract';
import { type Answered, type Input, type LooseInput, type Output, pathOf, queryOf } from './call.ts';
import { ConnectionError, readError } from './errors.ts';

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface ClientOptions {
  /** E.g. "http://localhost:8080". */
  readonly baseUrl: string;
  readonly tokens?: Tokens | undefined;
  /** Called when tokens were exchanged, so that they can be kept; undefined: the sign-in has ended. */
  readonly onTokens?: (tokens: Tokens | undefined) => void | Promise<void>;
  /** For sign-ins that are kept in cookies: called after a 401, it renews them and returns whether the call is to be made again. */
  readonly renew?: () => Promise<boolean>;
  /** Of messages: "ja" or "en". */
  readonly language?: string;
  /** Of one call; uploads and waiting calls may need more. Default 60 s. */
  readonly timeoutMs?: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface Client {
  readonly baseUrl: string;
  readonly language: string | undefined;
  /** The body of the answer. Throws ApiError, ConnectionError. */
  call<const R extends Route>(route: R, input: Input<R>, options?: CallOptions): Promise<Output<R>>;
  /** The same with status and headers. Bytes are in `response`. */
  send<const R extends Route>(route: R, input: Input<R>, options?: CallOptions): Promise<Answered<R>>;
  login(username: string, password: string): Promise<void>;
  /** Also forgets the tokens here. */
  logout(): Promise<void>;
}

const defaultTimeoutMs = 60_000;

export function createClient(options: ClientOptions): Client {
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  let tokens = options.tokens;
  let refreshing: Promise<void> | undefined;

  const keep = async (next: Tokens | undefined): Promise<void> => {
    tokens = next;
    await options.onTokens?.(next);
  };

  const fetchOnce = async (route: Route, input: LooseInput, call: CallOptions): Promise<Response> => {
    const limit = AbortSignal.timeout(call.timeoutMs ?? options.timeoutMs ?? defaultTimeoutMs);
    try {
      return await fetch(`${baseUrl}/api/v1${pathOf(route, input.params)}${queryOf(input.query)}`, {
        method: route.method,
        headers: headersOf(route, input, tokens, options.language),
        signal: call.signal === undefined ? limit : AbortSignal.any([call.signal, limit]),
        ...bodyOf(input),
      });
    } catch (error) {
      throw call.signal?.aborted ? call.signal.reason : new ConnectionError(baseUrl, error);
    }
  };

  /** One exchange however many calls found their token expired: a refresh token is good once. */
  const refresh = (): Promise<void> => {
    refreshing ??= exchange().finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  };

  const exchange = async (): Promise<void> => {
    const response = await fetchOnce(authRoutes.refresh, { body: { refresh_token: tokens?.refreshToken } }, {});
    if (!response.ok) {
      // A server that is busy or stopping has not ended the sign-in.
      if (response.status === 401) await keep(undefined);
      throw await readError(response);
    }
    await keepGrant(response);
  };

  const keepGrant = async (response: Response): Promise<void> => {
    const grant = authRoutes.login.responses[200].schema.parse(await readJson(response));
    await keep({ accessToken: grant.access_token, refreshToken: grant.refresh_token });
  };

  const send = async (route: Route, input: LooseInput, call: CallOptions): Promise<Response> => {
    // A server that refuses an upload does not read it, and then its answer can be lost.
    if (input.form !== undefined && tokens !== undefined && isExpired(tokens.accessToken)) await refresh();
    const response = await fetchOnce(route, input, call);
    if (response.status !== 401 || route.action === 'public') return response;
    if (tokens === undefined) return (await options.renew?.()) === true ? fetchOnce(route, input, call) : response;
    await response.body?.cancel();
    await refresh();
    return fetchOnce(route, input, call);
  };

  const readJson = (response: Response): Promise<unknown> =>
    response.json().catch((error: unknown) => {
      throw new ConnectionError(baseUrl, error);
    });

  const answer = async (route: Route, input: LooseInput, call: CallOptions): Promise<LooseAnswer> => {
    const response = await send(route, input, call);
    if (!response.ok && response.status !== 304) throw await readError(response);
    const promised = route.responses[response.status];
    const isJson = promised?.schema !== undefined && promised.contentTypes === undefined;
    return {
      status: response.status,
      headers: response.headers,
      response,
      body: isJson ? promised.schema?.parse(await readJson(response)) : undefined,
    };
  };

  return {
    baseUrl,
    language: options.language,
    // The routes' own types say what `answer` parsed.
    call: async (route, input, call = {}) => (await answer(route, input as LooseInput, call)).body as Output<typeof route>,
    send: async (route, input, call = {}) => (await answer(route, input as LooseInput, call)) as Answered<typeof route>,
    async login(username, password) {
      const response = await fetchOnce(authRoutes.login, { body: { username, password } }, {});
      if (!response.ok) throw await readError(response);
      await keepGrant(response);
    },
    async logout() {
      if (tokens !== undefined) await answer(authRoutes.logout, {}, {});
      await keep(undefined);
    },
  };
}

interface LooseAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  readonly response: Response;
}

function headersOf(route: Route, input: LooseInput, tokens: Tokens | undefined, language: string | undefined): Record<string, string> {
  const own = Object.entries(input.headers ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const]));
  return {
    ...(language !== undefined && { 'accept-language': language }),
    ...(tokens !== undefined && route.action !== 'public' && { authorization: `Bearer ${tokens.accessToken}` }),
    ...(input.body !== undefined && { 'content-type': 'application/json' }),
    ...Object.fromEntries(own),
  };
}

function bodyOf(input: LooseInput): { body?: string | FormData } {
  if (input.form !== undefined) return { body: input.form };
  return input.body === undefined ? {} : { body: JSON.stringify(input.body) };
}

const marginMs = 10_000;

/** By this machine's clock; the server's is what counts, and a 401 still leads to an exchange. */
function isExpired(jwt: string): boolean {
  try {
    const claims: unknown = JSON.parse(atob((jwt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')));
    const hasEnd = typeof claims === 'object' && claims !== null && 'exp' in claims && typeof claims.exp === 'number';
    return hasEnd && Number(claims.exp) * 1000 < Date.now() + marginMs;
  } catch {
    return false;
  }
}
