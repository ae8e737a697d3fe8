import descriptor, { type IDescriptorProto, type IFileDescriptorProto } from 'protobufjs/ext/descriptor/index.js';
import { expect, test } from 'vitest';
import { loadPackage, reflectable } from './index.ts';

const files = new Map(
  Object.values(reflectable(loadPackage()))
    .flatMap((definition) => (Array.isArray(definition.fileDescriptorProtos) ? definition.fileDescriptorProtos : []))
    .map((bytes) => descriptor.FileDescriptorProto.decode(bytes) as IFileDescriptorProto)
    .map((file) => [file.name, file]),
);
const own = files.get('imageflow_v1.proto');

test('a file names the files of the types it uses', () => {
  expect(own?.dependency).toEqual(['google_protobuf.proto']);
  expect(files.has('google_protobuf.proto')).toBe(true);
});

test('entries of maps are named as protoc names them, and the fields refer to that name', () => {
  const entries = (own?.messageType ?? []).flatMap((message) => mapEntries(message));
  expect(entries.length).toBeGreaterThan(3);
  for (const [message, entry] of entries) {
    expect(entry).toMatch(/^([A-Z][a-z0-9]*)+Entry$/);
    expect((message.field ?? []).map((field) => field.typeName)).toContain(entry);
  }
});

function mapEntries(message: IDescriptorProto): [IDescriptorProto, string][] {
  return (message.nestedType ?? []).flatMap((nested) =>
    nested.options?.mapEntry ? [[message, nested.name ?? ''] as [IDescriptorProto, string]] : mapEntries(nested),
  );
}
