/** Package definitions as server reflection needs them. */
import type { PackageDefinition } from '@grpc/proto-loader';

/**
 * Several package definitions as one, each file naming the files it needs. proto-loader leaves that out (grpc/grpc-node#2595), and clients
 * such as grpcurl then find no google.protobuf.Timestamp.
 */
export function reflectable(...packages: readonly PackageDefinition[]): PackageDefinition {
  const entries = packages.flatMap((definition) => Object.entries(definition));
  return Object.fromEntries(
    entries.map(([name, definition]) => {
      if (!('fileDescriptorProtos' in definition)) return [name, definition];
      return [name, { ...definition, fileDescriptorProtos: withDependencies(definition.fileDescriptorProtos) }];
    }),
  );
}

function withDependencies(files: readonly Buffer[]): Buffer[] {
  const names = files.map(fileName);
  return files.map((file, index) => {
    const isStandard = names[index]?.startsWith('google_protobuf') ?? false;
    const needed = isStandard ? [] : names.filter((name) => name.startsWith('google_protobuf'));
    // A field appended to a serialised message belongs to it: here FileDescriptorProto.dependency, number 3.
    return Buffer.concat([file, ...needed.map((name) => Buffer.concat([Buffer.from([0x1a, name.length]), Buffer.from(name)]))]);
  });
}

/** FileDescriptorProto.name, number 1, which proto-loader writes first. */
function fileName(file: Buffer): string {
  return file[0] === 0x0a ? file.subarray(2, 2 + (file[1] ?? 0)).toString() : '';
}
