/** Names for the instances of the settings. */

export interface ServiceAddress {
  readonly service: string;
  /** host:port */
  readonly address: string;
}

/** "resize-1" for the first ResizeService of the settings. */
export function nameInstances(addresses: readonly ServiceAddress[]): { id: string; service: string; address: string }[] {
  const counts = new Map<string, number>();
  return addresses.map(({ service, address }) => {
    const count = (counts.get(service) ?? 0) + 1;
    counts.set(service, count);
    return { id: `${shortName(service)}-${count}`, service, address };
  });
}

/** AIDetectionService → ai-detection. */
function shortName(service: string): string {
  const words = service.replace(/Service$/, '').match(/[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+/g) ?? [service];
  return words.join('-').toLowerCase();
}
