/**
 * Which part of the tree may import which, and which room owns which table: the picture in ARCHITECTURE.md as one table. The first part that a
 * file fits is its own; it may import itself and what `may` lists. Patterns are those of glob.ts; a package is "npm:name", a module of
 * Node "node:name", one of ours its name.
 */

import type { Exception, Owner, Part, Reserved } from './part.ts';

const anything = ['npm:**', 'node:**'];
const testTools = ['npm:vitest', 'npm:fast-check', 'node:**'];
const servers = 'scripts/servers/index.ts';
const core = ['@imageflow/core', '@imageflow/core/*'];
const contract = ['@imageflow/contract', '@imageflow/contract/documents'];
const grpc = ['@imageflow/grpc'];
const client = ['@imageflow/client'];
const adapters = ['@imageflow/adapters/**', '!**/testing'];
const schema = ['@imageflow/schema', '@imageflow/schema/compiled'];
/** What a program of the server may use. */
const library = [...core, ...contract, ...schema, ...adapters, ...grpc, ...anything];
const ours = ['@imageflow/**'];
const backend = 'apps/backend/src';
const services = 'apps/services/src';

const inRuntime = [`${backend}/runtime/**`];
const inDoors = [`${backend}/doors/**`];
const inEngine = [`${backend}/engine/**`];
const inScaffold = [`${services}/scaffold/**`];
const inSteps = [`${services}/steps/<step>/**`];
const inPrograms = [`${services}/programs/<program>/**`, `${services}/programs/<program>.ts`];

const coreIsPure = {
  rule: 'The core imports nothing but itself, lower folders only',
  wayOut: 'hand in what it needs as a port (packages/core/src/ports.ts), or move what both need down',
};
const inCore = (folder: string, ...lower: readonly string[]): Part => ({
  files: [`packages/core/src/${folder}`],
  may: lower.map((name) => `packages/core/src/${name}`),
  ...coreIsPure,
});
const forPages = {
  rule: 'What runs in pages knows neither Node nor gRPC, nor anything above it',
  wayOut: 'put what needs them into packages/adapters or packages/grpc',
};
const roomDoor = {
  rule: 'A room is entered by its room.ts, and knows only what lies below rooms',
  wayOut: 'take what you need from the other room as a parameter of openX, or add it to what its room.ts exports',
};

const room = (name: string, ...folders: readonly string[]): Part => ({
  box: `rooms/${name}`,
  files: folders.map((folder) => `${backend}/${folder}`),
  may: [`${backend}/rooms/{*,inspection/*}/room.ts`, ...inEngine, ...inDoors, ...inRuntime, ...library],
  ...roomDoor,
});

export const parts: readonly Part[] = [
  // ── packages, from the ground up
  {
    files: ['packages/core/src/**/*.test.ts', 'packages/core/src/execution/simulation.ts'],
    may: ['packages/core/src/**', ...testTools],
    ...coreIsPure,
  },
  inCore('text.ts'),
  inCore('errors.ts', 'text.ts'),
  inCore('{image,access}/**', 'errors.ts', 'text.ts'),
  inCore('pipeline/**', 'errors.ts', 'text.ts'),
  inCore('performance/**', 'pipeline/**', 'errors.ts', 'text.ts', 'ports.ts'),
  inCore('inspection/**', 'access/**', 'pipeline/**', 'errors.ts', 'text.ts'),
  inCore('live/**', 'pipeline/**', 'errors.ts', 'text.ts'),
  inCore('{execution/**,pool/**,ports.ts}', 'pipeline/**', 'errors.ts', 'text.ts', 'ports.ts'),
  inCore('index.ts', '**'),

  {
    files: ['packages/{schema,contract,client}/src/**/*.{test,contract}.ts'],
    may: ['packages/{schema,contract,client}/src/**', ...ours, ...anything],
    ...forPages,
  },
  { files: ['packages/schema/src/compiled.ts'], may: ['packages/schema/src/**', ...core, 'npm:ajv', 'npm:ajv-formats'], ...forPages },
  { files: ['packages/schema/src/**'], may: [...core, 'npm:@cfworker/json-schema'], ...forPages },
  { files: ['packages/contract/src/**'], may: [...core, 'npm:zod', 'npm:zod-openapi'], ...forPages },
  { files: ['packages/client/src/**'], may: [...core, ...contract, 'npm:zod'], ...forPages },
  {
    files: ['packages/grpc/src/**'],
    may: [...core, ...anything],
    rule: 'packages/grpc knows the core only',
    wayOut: 'translate what it shall carry where it is called, in packages/adapters',
  },
  {
    files: ['packages/adapters/src/**/*.{test,contract}.ts', 'packages/adapters/src/**/testing.ts'],
    may: ['packages/adapters/src/**', ...ours, ...anything, servers],
    rule: 'Tests of adapters know adapters and what lies below',
    wayOut: 'test it where it is opened, in apps/backend',
  },
  {
    files: ['packages/adapters/src/**'],
    may: [...core, ...schema, ...contract, ...grpc, ...anything],
    rule: 'Adapters know ports and wires, no program',
    wayOut: 'hand in what the program knows as a parameter',
  },
  {
    files: ['packages/ui/src/**', 'apps/{web,inspector}/src/**'],
    may: [
      ...core,
      ...contract,
      '@imageflow/schema',
      ...client,
      '@imageflow/ui',
      '@imageflow/ui/styles',
      'samples/defects/*',
      'npm:**',
      '!npm:@grpc/*',
    ],
    ...forPages,
  },

  // ── the backend, from the top down
  {
    files: [`${backend}/**/*.{test,contract}.ts`, `${backend}/**/testing/**`, `${backend}/**/{lab,testing,test-*}.ts`],
    may: [`${backend}/**`, ...ours, ...anything, servers],
    rule: 'Tests know their own package',
    wayOut: 'put what spans programs into tests/',
  },
  {
    files: [`${backend}/main.ts`],
    may: [`${backend}/*.ts`, ...inRuntime, ...core, ...adapters, ...anything],
    rule: 'main.ts starts programs, nothing else',
    wayOut: 'open it in backend.ts or worker.ts',
  },
  {
    files: [`${backend}/{backend,worker,furnish,rooms,wire}.ts`],
    may: [`${backend}/*.ts`, `${backend}/rooms/{*,inspection/*}/room.ts`, ...inEngine, ...inDoors, ...inRuntime, ...library],
    ...roomDoor,
  },
  {
    files: [`${backend}/config.ts`, `${backend}/config.texts.ts`],
    may: [`${backend}/{rooms/*,engine,doors,runtime}/settings.ts`, ...core, ...adapters, 'npm:zod', 'node:{os,path}'],
    rule: 'config.ts composes the settings of rooms and adapters',
    wayOut: 'define the setting in the settings.ts beside its user',
  },
  {
    files: inEngine,
    may: [...inRuntime, ...core, ...contract, ...adapters, 'npm:**', 'node:**', '!npm:fastify', '!npm:@grpc/*'],
    rule: 'The engine knows no door, no room, no client',
    wayOut: 'hand it in as one of the needs of openEngine',
  },
  {
    files: inDoors,
    may: [...inRuntime, ...library],
    rule: 'Doors know no room and no engine',
    wayOut: 'let the room mount itself on the door, or hand in what it needs',
  },
  {
    files: inRuntime,
    may: [...library, 'apps/backend/package.json'],
    rule: 'The runtime is the ground of the backend: it knows no room, engine, door or config',
    wayOut: 'hand in what it needs',
  },
  room('accounts', 'rooms/accounts/**'),
  room('pool', 'rooms/pool/**'),
  room('<room>', 'rooms/inspection/<room>/**', 'rooms/<room>/**'),

  // ── services
  {
    files: [`${services}/**/*.{test,contract}.ts`, `${services}/**/testing/**`, `${services}/**/{testing,made-models,open-for-tests}.ts`],
    may: [`${services}/**`, ...ours, ...anything, servers],
    rule: 'Tests know their own package',
    wayOut: 'put what spans programs into tests/',
  },
  {
    files: [`${services}/main.ts`],
    may: [`${services}/**`, ...core, ...adapters, ...anything],
    rule: 'Services know no other program',
    wayOut: 'put what both need into a package',
  },
  {
    files: inPrograms,
    box: 'programs/<program>',
    may: [`${services}/{steps,image}/**`, ...inScaffold, ...library],
    rule: 'A program of services uses steps, no other program',
    wayOut: 'move what both need to steps/ or scaffold/',
  },
  {
    files: inScaffold,
    may: [`${services}/image/**`, 'apps/services/package.json', ...library],
    rule: 'The scaffold knows no step',
    wayOut: 'let the step hand it in',
  },
  {
    files: [`${services}/image/**`],
    may: [...core, ...anything],
    rule: 'image/ is the one door for pixels and knows nothing above it',
    wayOut: 'hand in what it needs',
  },
  {
    files: inSteps,
    box: 'steps/<step>',
    may: [`${services}/image/**`, ...inScaffold, ...core, ...schema, ...grpc, ...anything],
    rule: 'A step knows the scaffold and images, no other step and no program',
    wayOut: 'move what both need to scaffold/ or image/',
  },

  // ── the command line, and what is around the programs
  {
    files: ['apps/cli/src/**/*.{test,contract}.ts'],
    may: ['apps/cli/src/**', ...ours, ...anything, servers],
    rule: 'Tests know their own package',
    wayOut: 'put what spans programs into tests/',
  },
  {
    files: ['apps/cli/src/**'],
    may: [...core, ...contract, ...schema, ...adapters, ...client, 'apps/cli/package.json', ...anything],
    rule: 'The command line talks to the backend by the client; programs are started, not imported',
    wayOut: 'use @imageflow/client, or an adapter of packages/adapters',
  },
  { files: ['examples/**'], may: anything, rule: 'An example stands alone, to be copied', wayOut: 'write what it needs into the example' },
  { files: ['scripts/servers/**'], may: anything, rule: 'The test servers know nothing of ours', wayOut: 'hand in what they need' },
  {
    files: ['scripts/**'],
    may: [...ours, 'package.json', 'apps/{backend/src,services/src/scaffold}/config*.ts', 'tests/e2e/**', ...anything],
    rule: 'Scripts enter packages by their doors',
    wayOut: 'export it from the package',
  },
  {
    files: ['tests/fault/audit.ts', 'tests/servers/backup.test.ts'],
    may: [
      'apps/backend/src/{engine,rooms,executions,files}/**',
      'apps/cli/src/backup/*.ts',
      'tests/**',
      'scripts/servers/**',
      ...ours,
      ...anything,
    ],
    rule: 'An audit looks behind the doors at what is stored, at nothing else',
    wayOut: 'use the client, the contract or an adapter',
  },
  {
    files: ['tests/**'],
    may: [
      'apps/web/build.ts',
      ...ours,
      'apps/*/src/**/testing/**',
      'apps/*/src/**/{lab,testing,test-*}.ts',
      'bench/**',
      'examples/**',
      'scripts/servers/**',
      ...anything,
    ],
    rule: 'Tests of the whole enter by the front door',
    wayOut: 'use the client, the contract or an adapter, or put the test beside what it looks into',
  },
  {
    files: ['bench/**'],
    may: [...ours, 'tests/**', 'scripts/servers/**', ...anything],
    rule: 'Measurements enter by the front door',
    wayOut: 'use the client, the contract or an adapter',
  },
];

/** The backend but for its tests, which see the database as a whole and open their own. */
export const ownable = [
  `${backend}/**`,
  `!${backend}/**/*.{test,contract}.ts`,
  `!${backend}/**/testing/**`,
  `!${backend}/**/{lab,testing,test-*}.ts`,
];

export const reserved: readonly Reserved[] = [
  {
    from: '@imageflow/adapters/**',
    names: ['open{Database,Migrations,Objects,Bus,KafkaBus,Tracing}'],
    files: [...ownable, `!${backend}/{parts,runtime/parts}.ts`],
    rule: 'Database, object store and bus are opened once, by the program',
    wayOut: 'take them from the parts that the room is opened with',
  },
];

const owned = (owner: string, ...tables: readonly string[]): Owner => ({
  tables,
  files: [`${backend}/{${owner}}/**`],
  wayOut: 'ask the service of the room that owns it, or read a view',
});

/** `settings` is no room's: each writes its own keys into it. */
export const owners: readonly Owner[] = [
  owned('rooms/accounts', 'users', 'sessions', 'refresh_tokens', 'signing_keys', 'tickets', 'sign_in_attempts'),
  owned('rooms/pipelines', 'pipelines', 'pipeline_versions'),
  owned('rooms/files', 'files'),
  owned('engine', 'runners'),
  owned('engine,rooms/executions', 'executions', 'execution_events', 'dead_letters', 'idempotency_keys'),
  owned('rooms/performance', 'pipeline_hours', 'step_hours'),
  owned('rooms/notifications', 'notifications'),
  owned('rooms/streams', 'streams', 'stream_archive'),
  owned('rooms/system', 'audit'),
  { ...owned('runtime', 'duties', 'registered_instances'), files: inRuntime },
];

/** Which inside of another room, which foreign table; by the names of files alone, so that a file may move meanwhile. */
const still = (file: string, ...targets: readonly string[]): readonly Exception[] =>
  targets.map((target) => ({ file: `${backend}/**/${file}`, target: target.startsWith('table ') ? target : `${backend}/**/${target}` }));

export const exceptions: readonly Exception[] = [
  // What puts rooms together takes them apart until each has its room.ts.
  { file: `${backend}/{rooms,wire,worker}.ts`, target: `${backend}/*/**` },
  ...still('parts.ts', 'first-login.ts', 'local-user.ts', 'samples.ts', 'seed.ts', 'component-cache.ts', 'health.ts'),
  // The settings of rooms stand in config.ts until each room has its settings.ts.
  ...still('{advertise,app,auth.service,first-login,logging,parts,open,source-input,streams.service}.ts', 'config.ts'),
  ...still('config.ts', 'external.ts'),
  // Rooms in rooms.
  ...still('{docs.routes,landing}.ts', 'health.ts'),
  ...still('executions.routes.ts', 'upload-form.ts'),
  ...still('performance.routes.ts', 'pipelines.service.ts'),
  ...still('{open,pipeline-registry.rpc,streams.service}.ts', 'pipelines.service.ts'),
  ...still('{pipeline-registry,relay}.rpc.ts', 'service-caller.ts', 'service-key.ts'),
  ...still('users.routes.ts', 'audit.ts'),
  ...still('system.socket.ts', 'services.view.ts'),
  // Foreign tables.
  ...still('accept.queries.ts', 'table files'),
  ...still('jobs.queries.ts', 'table files', 'table pipeline_versions', 'table pipelines'),
  ...still('{journal,retention}.queries.ts', 'table files'),
  ...still('files.queries.ts', 'table executions'),
  ...still('performance.queries.ts', 'table execution_events', 'table executions', 'table pipeline_versions'),
  ...still('notifications.queries.ts', 'table executions', 'table pipeline_versions'),
  ...still('pipelines.queries.ts', 'table executions'),
  ...still('health-metrics.ts', 'table dead_letters'),
];
