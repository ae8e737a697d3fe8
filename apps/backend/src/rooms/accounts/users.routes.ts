/** Accounts and the audit log over REST. */
import { userRoutes } from '@imageflow/contract';
import type { FastifyInstance } from 'fastify';
import { linkHeaders } from '../../doors/page.ts';
import { register } from '../../doors/rest.ts';
import type { AuditLog, AuditRow } from '../system/audit.ts';
import { describeRoles } from './roles.ts';
import type { UserRow } from './users.queries.ts';
import type { UsersService } from './users.service.ts';

export interface UserRouteNeeds {
  readonly users: UsersService;
  readonly audit: AuditLog;
}

export function registerUserRoutes(app: FastifyInstance, { users, audit }: UserRouteNeeds): void {
  register(app, userRoutes.listUsers, async ({ query, request }) => {
    const page = await users.list({ limit: query.limit, cursor: query.cursor, search: query.search });
    const body = { items: page.items.map(toWireUser), next_cursor: page.nextCursor ?? null };
    return { status: 200, headers: linkHeaders(request.url, page.nextCursor), body };
  });
  register(app, userRoutes.createUser, async ({ body, note }) => {
    const { username, role, password } = body;
    const user = await users.create({ username, displayName: body.display_name ?? username, role, password });
    note(user.id, { username: user.username, role });
    return { status: 201, headers: { location: `/api/v1/users/${user.id}` }, body: toWireUser(user) };
  });
  register(app, userRoutes.getUser, async ({ params }) => ({ status: 200, body: toWireUser(await users.get(params.id)) }));
  register(app, userRoutes.updateUser, async ({ params, body, note }) => {
    const { role, disabled, password } = body;
    const user = await users.update(params.id, { displayName: body.display_name, role, disabled, password });
    note(user.id, { username: user.username, role, disabled, password_changed: password !== undefined });
    return { status: 200, body: toWireUser(user) };
  });
  register(app, userRoutes.deleteUser, async ({ params, note }) => {
    const user = await users.remove(params.id);
    note(user.id, { username: user.username });
    return { status: 204 };
  });
  register(app, userRoutes.listRoles, async () => ({ status: 200, body: { items: describeRoles(), next_cursor: null } }));
  register(app, userRoutes.listAudit, async ({ query, request }) => {
    const { limit, cursor, operation } = query;
    const page = await audit.list({ limit, cursor, operation, actorId: query.actor_id, resourceId: query.resource_id });
    const body = { items: page.items.map(toWireEntry), next_cursor: page.nextCursor ?? null };
    return { status: 200, headers: linkHeaders(request.url, page.nextCursor), body };
  });
}

export function toWireUser(user: UserRow) {
  return { ...user, created_at: user.created_at.toISOString(), updated_at: user.updated_at.toISOString() };
}

function toWireEntry(entry: AuditRow) {
  return { ...entry, at: entry.at.toISOString() };
}
