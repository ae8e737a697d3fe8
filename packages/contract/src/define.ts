/** One REST operation as data: the server registers it, the OpenAPI document is generated from it, the client is typed by it. */
import type { Action, ErrorCode, LocalizedText } from '@imageflow/core';
import type { z } from 'zod';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface JsonBody {
  readonly kind: 'json';
  readonly schema: z.ZodType;
}

/** Files and fields of a form. The schema describes the form for the documents; the server reads the parts as a stream. */
export interface MultipartBody {
  readonly kind: 'multipart';
  readonly schema: z.ZodObject;
}

export interface RouteResponse {
  readonly description: string;
  /** Absent: no body. */
  readonly schema?: z.ZodType;
  /** Default application/json. */
  readonly contentTypes?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly operationId: string;
  readonly method: Method;
  /** Below /api/v1, with {name} parameters, e.g. "/pipelines/{id}". */
  readonly path: string;
  readonly tag: string;
  /** What it does, in a sentence; the documents show both languages. */
  readonly summary: LocalizedText;
  readonly description: string;
  /** Who may call it, by the permission table; "public" needs no sign-in. */
  readonly action: Action | 'public';
  /** A one-time ticket in the query does instead of the header: for what a page loads by itself. */
  readonly takesTicket?: true;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: JsonBody | MultipartBody;
  readonly responses: Readonly<Record<number, RouteResponse>>;
  /** Codes of the catalogue it can answer, besides those every route can (see openapi.ts). */
  readonly errors: readonly ErrorCode[];
}

/** Keeps the literal types of a route, so that handlers and client are typed by it. */
export function defineRoute<const R extends Route>(route: R): R {
  return route;
}
