/** Package definitions as server reflection needs them. */
import type { AnyDefinition, PackageDefinition } from '@grpc/proto-loader';
import descriptor, { type IDescriptorProto, type IFileDescriptorProto } from 'protobufjs/ext/descriptor/index.js';

/**
 * Several package definitions as one, with what proto-loader leaves out (grpc/grpc-node#2595) and clients such as grpcurl insist on: the
 * files a file needs, and map entries named as protoc names them.
 */
export function reflectable(...packages: readonly PackageDefinition[]): PackageDefinition {
  const fixed = new Map<readonly Buffer[], Buffer[]>();
  const fixOnce = (definition: AnyDefinition): AnyDefinition => {
    const files = definition.fileDescriptorProtos;
    if (!Array.isArray(files)) return definition;
    const better = fixed.get(files) ?? fixFiles(files);
    fixed.set(files, better);
    return { ...definition, fileDescriptorProtos: better } as AnyDefinition;
  };
  const entries = packages.flatMap((definition) => Object.entries(definition));
  return Object.fromEntries(entries.map(([name, definition]) => [name, fixOnce(definition)]));
}

function fixFiles(encoded: readonly Buffer[]): Buffer[] {
  const files = encoded.map((bytes) => descriptor.FileDescriptorProto.decode(bytes) as IFileDescriptorProto);
  const standard = files.flatMap((file) => (isStandard(file) && file.name ? [file.name] : []));
  return files.map((file) => {
    const dependency = isStandard(file) ? [] : standard;
    const messageType = (file.messageType ?? []).map(nameMapEntries);
    return Buffer.from(descriptor.FileDescriptorProto.encode({ ...file, dependency, messageType }).finish());
  });
}

function isStandard(file: IFileDescriptorProto): boolean {
  return file.package === 'google.protobuf';
}

/** "Processing_stats" of the field `processing_stats` becomes "ProcessingStatsEntry". */
function nameMapEntries(message: IDescriptorProto): IDescriptorProto {
  const nested = message.nestedType ?? [];
  const entries = new Set(nested.flatMap((type) => (type.options?.mapEntry && type.name ? [type.name] : [])));
  return {
    ...message,
    nestedType: nested.map((type) => (entries.has(type.name ?? '') ? { ...type, name: entryName(type.name ?? '') } : nameMapEntries(type))),
    field: (message.field ?? []).map((field) =>
      entries.has(field.typeName ?? '') ? { ...field, typeName: entryName(field.typeName ?? '') } : field,
    ),
  };
}

function entryName(fieldName: string): string {
  return `${fieldName.replaceAll(/(?:^|_)([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase())}Entry`;
}
