/** Who is calling. */
import type { Role } from '@imageflow/core';

/** A person who has signed in. Services and devices get kinds of their own. */
export interface Caller {
  readonly kind: 'user';
  readonly userId: string;
  readonly username: string;
  readonly role: Role;
  readonly sessionId: string;
}

/** Turns credentials into a caller. Throws AppError UNAUTHENTICATED, the same for every kind of bad credential. */
export interface Authenticator {
  /** An access token, as in `Authorization: Bearer …`. */
  byToken(token: string): Promise<Caller>;
  /** A one-time WebSocket ticket; it is spent by this call. */
  byTicket(ticket: string): Promise<Caller>;
}
