/**
 * `npm run test:gateway -- --minutes 60 [--kind envoy|caddy]`: whether connections live as long as they should. Through each gateway at the same time:
 * streams and sockets that say nothing for all of that time and then must still work, and others that are always busy.
 */
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { parseArgs } from 'node:util';
import { authorityOf, type Gateway, type GatewayKind, startGateway } from './gateways.ts';
import { openGatewayPlatform } from './platform.ts';
import { type Trial, trials } from './trials.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, kind: { type: 'string' } } });
const durationMs = Number(values.minutes) * 60_000;
const kinds = (['envoy', 'caddy'] as const).filter((kind) => values.kind === undefined || values.kind === kind);

async function main(): Promise<void> {
  if (!(durationMs > 0) || kinds.length === 0) throw new Error('Usage: --minutes <number> [--kind envoy|caddy]');
  const behind = await openGatewayPlatform();
  const gateways: [GatewayKind, Gateway][] = [];
  try {
    for (const kind of kinds) gateways.push([kind, await startGateway(kind, behind.targets)]);
    setDefaultCACertificates([...getCACertificates('default'), ...gateways.map(([, gateway]) => authorityOf(gateway))]);
    const runs = gateways.flatMap(([kind, gateway]) =>
      Object.entries(trials).map(([name, trial]) => judge(`${kind}, ${name}, ${values.minutes} min`, trial, gateway)),
    );
    process.exitCode = (await Promise.all(runs)).every((isWell) => isWell) ? 0 : 1;
  } finally {
    for (const [, gateway] of gateways) await gateway.remove();
    await behind.close();
  }
}

/** Told at once: who waits for an hour wants to know what has failed already. */
async function judge(name: string, trial: Trial, gateway: Gateway): Promise<boolean> {
  try {
    console.log(`${name}: ok, ${await trial(gateway, durationMs)}`);
    return true;
  } catch (error) {
    console.log(`${name}: FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return false;
  }
}

await main();
