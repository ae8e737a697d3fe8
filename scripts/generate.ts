/**
 * Writes everything that is generated from the contracts: `npm run generate`.
 * `--check` writes nothing; it fails when a file differs, when a proto breaks the style, or when one breaks who was built for the last release.
 * `--release` takes the protos of today as those of the last release.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createAsyncApi, createOpenApi } from '@imageflow/contract/documents';
import manifest from '../package.json' with { type: 'json' };
import { describeSettings } from './settings.ts';

const root = join(import.meta.dirname, '..');
const grpc = join(root, 'packages/grpc');
const grpcFolder = join(grpc, 'src/gen');
const documentFolder = join(root, 'docs/api');
/** The protos of the last release, as a descriptor set. */
const releasedProtos = join(grpc, 'released.binpb');

/** Text by path. */
type Files = ReadonlyMap<string, string>;

function main(): void {
  if (process.argv.includes('--release')) buf('build', '-o', releasedProtos);
  else if (process.argv.includes('--check')) check(generate());
  else write(generate());
}

function generate(): Files {
  return new Map([...generateGrpcTypes(), ...generateDocuments()]);
}

function check(wanted: Files): void {
  buf('lint');
  buf('breaking', '--against', releasedProtos);
  const different = findDifferences(wanted);
  if (different.length === 0) return;
  console.error(`These differ from the contracts; run \`npm run generate\` and commit them:\n${different.join('\n')}`);
  process.exitCode = 1;
}

function generateGrpcTypes(): Files {
  const scratch = mkdtempSync(join(tmpdir(), 'imageflow-generate-'));
  try {
    runTypeGenerator(scratch);
    return new Map(filesOf(scratch).map((file) => [join(grpcFolder, relative(scratch, file)), tidy(readFileSync(file, 'utf8'))]));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function runTypeGenerator(outFolder: string): void {
  const protoFolder = join(grpc, 'proto');
  const protos = readdirSync(join(protoFolder, 'imageflow/v1')).map((name) => `imageflow/v1/${name}`);
  const options = ['--keepCase', '--longs=Number', '--enums=String', '--defaults', '--arrays', '--objects', '--oneofs'];
  const layout = [
    `--includeDirs=${protoFolder}`,
    '--grpcLib=@grpc/grpc-js',
    '--importFileExtension=.ts',
    '--includeComments',
    `--outDir=${outFolder}`,
  ];
  const generator = join(root, 'node_modules/@grpc/proto-loader/build/bin/proto-loader-gen-types.js');
  execFileSync(process.execPath, [generator, ...options, ...layout, ...protos], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: protoFolder,
  });
}

/** The generator writes the absolute path of the proto into the first line. Files of messages without services import what they do not use. */
function tidy(text: string): string {
  return `// Generated from packages/grpc/proto; do not edit.\n// @ts-nocheck\n${text.replace(/^\/\/ Original file: .*\n/, '')}`;
}

function generateDocuments(): Files {
  const text = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;
  return new Map([
    [join(documentFolder, 'openapi.json'), text(createOpenApi(manifest.version))],
    [join(documentFolder, 'asyncapi.json'), text(createAsyncApi(manifest.version))],
    [join(root, 'docs/guides/settings.md'), describeSettings('en')],
    [join(root, 'docs/guides/settings.ja.md'), describeSettings('ja')],
  ]);
}

function write(wanted: Files): void {
  for (const file of filesOf(grpcFolder)) if (!wanted.has(file)) rmSync(file);
  for (const [file, text] of wanted) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

function findDifferences(wanted: Files): string[] {
  const isSame = (file: string, text: string): boolean => existsSync(file) && readFileSync(file, 'utf8') === text;
  const changed = [...wanted].filter(([file, text]) => !isSame(file, text)).map(([file]) => file);
  const leftOver = filesOf(grpcFolder).filter((file) => !wanted.has(file));
  return [...changed, ...leftOver].map((file) => relative(root, file));
}

function filesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function buf(...args: readonly string[]): void {
  execFileSync(process.execPath, [join(root, 'node_modules/@bufbuild/buf/bin/buf'), ...args], { stdio: 'inherit', cwd: grpc });
}

main();
