/** Accounts, roles and the audit log: for administrators. */
import { z } from 'zod';
import { defineRoute } from '../define.ts';
import { pageOf, pageQuery } from '../page.ts';

export const role = z
  .enum(['admin', 'engineer', 'inspector', 'viewer', 'service', 'device'])
  .meta({ id: 'Role', description: 'What an account may do; see GET /roles' });

/** Devices get their accounts by being registered, not by hand. */
const assignableRole = z
  .enum(['admin', 'engineer', 'inspector', 'viewer', 'service'])
  .meta({ description: '"service" is for programs, e.g. a processing service that registers itself' });

const username = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/)
  .meta({ description: 'Letters, digits and . _ @ -; case does not count', examples: ['tanaka'] });

const displayName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .meta({ examples: ['田中 太郎'] });
export const newPassword = z
  .string()
  .min(8)
  .max(256)
  .meta({ description: '8 to 256 characters', examples: ['correct horse battery staple'] });
const timestamp = z.iso.datetime({ offset: true });

export const user = z
  .object({
    id: z.uuid(),
    username: z.string().meta({ description: 'Accounts of an external issuer start with "oidc/"' }),
    display_name: z.string(),
    role,
    disabled: z.boolean().meta({ description: 'A disabled account cannot sign in' }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'User' });

const roleDescription = z
  .object({
    role,
    label: z.object({ ja: z.string(), en: z.string() }),
    actions: z.array(z.string()).meta({ description: 'What the role allows', examples: [['pipelines:read']] }),
  })
  .meta({ id: 'RoleDescription' });

const auditEntry = z
  .object({
    id: z.int(),
    at: timestamp,
    actor_id: z.uuid().nullable(),
    actor_name: z.string(),
    operation: z.string().meta({ examples: ['updatePipeline'] }),
    resource_type: z.string().meta({ examples: ['pipelines'] }),
    resource_id: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
    trace_id: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry', description: 'Who changed what' });

const tag = 'users';
const params = z.object({ id: z.uuid() });

export const userRoutes = {
  listUsers: defineRoute({
    operationId: 'listUsers',
    method: 'GET',
    path: '/users',
    tag,
    summary: { ja: 'アカウントの一覧を取得します。', en: 'List accounts' },
    description: 'Newest first.',
    action: 'users:read',
    query: pageQuery.extend({
      search: z.string().min(1).max(100).optional().meta({ description: 'Part of the user name or the displayed name' }),
    }),
    responses: { 200: { description: 'A page of accounts', schema: pageOf(user), headers: { Link: 'The next page, rel="next"' } } },
    errors: [],
  }),
  createUser: defineRoute({
    operationId: 'createUser',
    method: 'POST',
    path: '/users',
    tag,
    summary: { ja: 'アカウントを作成します。', en: 'Create an account' },
    description: 'The user should change the password after the first sign-in.',
    action: 'users:write',
    body: {
      kind: 'json',
      schema: z.object({ username, display_name: displayName.optional(), role: assignableRole, password: newPassword }).meta({
        id: 'NewUser',
        examples: [{ username: 'tanaka', display_name: '田中 太郎', role: 'inspector', password: 'correct horse' }],
      }),
    },
    responses: { 201: { description: 'Created', schema: user, headers: { Location: 'Address of the account' } } },
    errors: ['CONFLICT'],
  }),
  getUser: defineRoute({
    operationId: 'getUser',
    method: 'GET',
    path: '/users/{id}',
    tag,
    summary: { ja: 'アカウントを取得します。', en: 'Get an account' },
    description: 'One account.',
    action: 'users:read',
    params,
    responses: { 200: { description: 'The account', schema: user } },
    errors: ['NOT_FOUND'],
  }),
  updateUser: defineRoute({
    operationId: 'updateUser',
    method: 'PATCH',
    path: '/users/{id}',
    tag,
    summary: { ja: 'アカウントを変更します。', en: 'Change an account' },
    description:
      'What is left out stays. A new password or a disabled account ends its sign-ins. The last administrator cannot be disabled or given another role.',
    action: 'users:write',
    params,
    body: {
      kind: 'json',
      schema: z
        .object({
          display_name: displayName.optional(),
          role: assignableRole.optional(),
          disabled: z.boolean().optional(),
          password: newPassword.optional(),
        })
        .meta({ id: 'UserChanges', examples: [{ role: 'engineer' }] }),
    },
    responses: { 200: { description: 'The account as it is now', schema: user } },
    errors: ['NOT_FOUND', 'CONFLICT'],
  }),
  deleteUser: defineRoute({
    operationId: 'deleteUser',
    method: 'DELETE',
    path: '/users/{id}',
    tag,
    summary: { ja: 'アカウントを削除します。', en: 'Delete an account' },
    description: 'Ends its sign-ins. What it made stays. The last administrator cannot be deleted.',
    action: 'users:write',
    params,
    responses: { 204: { description: 'Deleted' } },
    errors: ['NOT_FOUND', 'CONFLICT'],
  }),
  listRoles: defineRoute({
    operationId: 'listRoles',
    method: 'GET',
    path: '/roles',
    tag,
    summary: { ja: '役割と、それぞれに許可された操作を取得します。', en: 'List roles' },
    description: 'What each role allows: the one permission table.',
    action: 'auth:self',
    responses: { 200: { description: 'All roles', schema: pageOf(roleDescription) } },
    errors: [],
  }),
  listAudit: defineRoute({
    operationId: 'listAudit',
    method: 'GET',
    path: '/audit',
    tag,
    summary: { ja: '監査ログを新しい順に取得します。', en: 'Read the audit log' },
    description: 'Changes of shared things, newest first.',
    action: 'audit:read',
    query: pageQuery.extend({
      operation: z
        .string()
        .min(1)
        .max(100)
        .optional()
        .meta({ examples: ['updatePipeline'] }),
      actor_id: z.uuid().optional(),
      resource_id: z.string().min(1).max(200).optional(),
    }),
    responses: { 200: { description: 'A page of entries', schema: pageOf(auditEntry), headers: { Link: 'The next page, rel="next"' } } },
    errors: [],
  }),
} as const;
