/** Writes everything that is generated from the contracts. `--check` fails when a committed file differs. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const protoFolder = join(root, 'packages/api/proto');
const grpcOut = join(root, 'packages/api/src/gen/grpc');

function generateGrpcTypes(): void {
  const protos = readdirSync(join(protoFolder, 'imageflow/v1')).map((name) => `imageflow/v1/${name}`);
  rmSync(grpcOut, { recursive: true, force: true });
  const options = ['--keepCase', '--longs=Number', '--enums=String', '--defaults', '--arrays', '--objects', '--oneofs'];
  const layout = [
    `--includeDirs=${protoFolder}`,
    '--grpcLib=@grpc/grpc-js',
    '--importFileExtension=.ts',
    '--includeComments',
    `--outDir=${grpcOut}`,
  ];
  const generator = join(root, 'node_modules/@grpc/proto-loader/build/bin/proto-loader-gen-types.js');
  execFileSync(process.execPath, [generator, ...options, ...layout, ...protos], { stdio: 'inherit', cwd: protoFolder });
  for (const name of readdirSync(grpcOut, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const text = readFileSync(join(grpcOut, name), 'utf8');
    // The generator writes the absolute path of the proto into the first line.
    // Files of messages without services import what they do not use.
    const head = '// Generated from packages/api/proto; do not edit.\n// @ts-nocheck\n';
    writeFileSync(join(grpcOut, name), head + text.replace(/^\/\/ Original file: .*\n/, ''));
  }
}

function lintProtos(): void {
  const buf = join(root, 'node_modules/.bin/buf');
  execFileSync(buf, ['lint'], { stdio: 'inherit', cwd: join(root, 'packages/api') });
}

generateGrpcTypes();
if (process.argv.includes('--check')) {
  lintProtos();
  const changed = execFileSync('git', ['status', '--porcelain', '--', 'packages/api/src/gen'], { cwd: root, encoding: 'utf8' });
  if (changed.trim() !== '') {
    console.error(`Generated files differ from the contracts; run \`npm run generate\` and commit:\n${changed}`);
    process.exit(1);
  }
}
