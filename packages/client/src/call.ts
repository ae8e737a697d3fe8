/** What a call of a route takes and answers, by inference from the route. */

import type { Route } from '@imageflow/contract';
import type { z } from 'zod';

type Part<R, K extends 'params' | 'query' | 'headers'> = R extends { readonly [P in K]: infer S extends z.ZodType }
  ? { readonly [P in K]: z.input<S> }
  : unknown;

/** A part whose members are all optional may be left out. */
type Relaxed<P, K extends PropertyKey> = P extends { readonly [Q in K]: infer V }
  ? Partial<V> extends V
    ? { readonly [Q in K]?: V }
    : P
  : unknown;

type Body<R> = R extends { readonly body: { readonly kind: 'json'; readonly schema: infer S extends z.ZodType } }
  ? { readonly body: z.input<S> }
  : R extends { readonly body: { readonly kind: 'multipart' } }
    ? { readonly form: FormData }
    : unknown;

export type Input<R extends Route> = Part<R, 'params'> &
  Relaxed<Part<R, 'query'>, 'query'> &
  Relaxed<Part<R, 'headers'>, 'headers'> &
  Body<R>;

type Success = 200 | 201 | 202 | 204 | 206 | 304;

/** The body of the answers that are no errors; undefined for those without one or with bytes. */
export type Output<R extends Route> = {
  [S in keyof R['responses'] & Success]: R['responses'][S] extends { readonly schema: infer T extends z.ZodType } ? z.output<T> : undefined;
}[keyof R['responses'] & Success];

export interface Answered<R extends Route> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Output<R>;
  /** The whole answer, for bytes. */
  readonly response: Response;
}

/** The parts as `Input` has them, when the route is not known statically. */
export interface LooseInput {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly form?: FormData;
}

export function pathOf(route: Route, params: Readonly<Record<string, unknown>> = {}): string {
  return route.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(String(params[name])));
}

export function queryOf(query: Readonly<Record<string, unknown>> = {}): string {
  const present = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(present.map(([name, value]): [string, string] => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}
