import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { advertisedAddress } from './advertise.ts';

const common = { netmask: '', mac: '', cidr: null };
const own: NetworkInterfaceInfo = { ...common, family: 'IPv4', address: '127.0.0.1', internal: true };
const outer: NetworkInterfaceInfo = { ...common, family: 'IPv4', address: '10.0.0.7', internal: false };
const outer6: NetworkInterfaceInfo = { ...common, family: 'IPv6', address: 'fd00::7', internal: false, scopeid: 0 };
const link6: NetworkInterfaceInfo = { ...common, family: 'IPv6', address: 'fe80::7', internal: false, scopeid: 2 };

test.each([
  ['the setting', '0.0.0.0', 'backend-1.plant:50050', [own, outer], 'backend-1.plant:50050'],
  ['the address it listens on', '192.0.2.4', undefined, [own, outer], '192.0.2.4:6000'],
  ['this machine alone', '127.0.0.1', undefined, [own, outer], '127.0.0.1:6000'],
  ['one that others reach', '0.0.0.0', undefined, [own, outer6, outer], '10.0.0.7:6000'],
  ['IPv6, when there is nothing else', '::', undefined, [own, link6, outer6], '[fd00::7]:6000'],
  ['no network', '0.0.0.0', undefined, [own, link6], '127.0.0.1:6000'],
])('a backend is reached at: %s', (_what, host, grpcAdvertise, interfaces, address) => {
  expect(advertisedAddress({ host, grpcAdvertise }, 6000, { some: interfaces })).toBe(address);
});
