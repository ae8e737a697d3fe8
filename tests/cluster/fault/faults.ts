/** What is done to the plant: a list that is gone through once, each fault after the one before has passed. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Chance } from '../../fault/chance.ts';
import type { Program } from '../programs.ts';
import type { Plant } from './plant.ts';

interface Deed {
  readonly name: string;
  readonly lastsMs: number;
  begin(plant: Plant, chance: Chance): Promise<void> | void;
  end(plant: Plant): Promise<void> | void;
}

const nothing = (): void => undefined;

function kill(name: string, pick: (plant: Plant) => readonly Program[]): Deed {
  return { name: `kill -9 of a ${name}`, lastsMs: 0, begin: (plant, chance) => chance.pick(pick(plant)).kill(), end: nothing };
}

function replace(name: string, pick: (plant: Plant) => readonly Program[]): Deed {
  return {
    name: `a ${name} is replaced`,
    lastsMs: 0,
    async begin(plant, chance) {
      const program = chance.pick(pick(plant));
      await program.stop();
      program.start();
      await program.ready();
    },
    end: nothing,
  };
}

function standStill(name: string, lastsMs: number, pick: (plant: Plant) => readonly Program[]): Deed {
  let standing: Program | undefined;
  return {
    name: `a ${name} stands still for ${lastsMs / 1000} s`,
    lastsMs,
    begin(plant, chance) {
      standing = chance.pick(pick(plant));
      standing.signal('SIGSTOP');
    },
    end: () => standing?.signal('SIGCONT'),
  };
}

const kills = [
  kill('service', ({ services }) => services),
  kill('worker', ({ workers }) => workers),
  kill('backend', ({ backends }) => backends),
];

const restartOfPostgres: Deed = {
  name: 'PostgreSQL is restarted',
  lastsMs: 0,
  begin: ({ servers }) => servers.postgres.restart(),
  end: nothing,
};

/** Seconds: those of a test that has to be short. */
export function deedsOf(minutes: number): readonly Deed[] {
  const isWhole = minutes >= 6;
  const kafkaMs = isWhole ? 120_000 : 10_000;
  const s3Ms = isWhole ? 30_000 : 5_000;
  const cutMs = isWhole ? 60_000 : 10_000;
  return [
    ...kills,
    restartOfPostgres,
    replace('worker', ({ workers }) => workers),
    {
      name: `S3 is down for ${s3Ms / 1000} s`,
      lastsMs: s3Ms,
      begin: ({ servers }) => servers.s3.kill(),
      end: ({ servers }) => servers.s3.start(),
    },
    standStill('worker', 20_000, ({ workers }) => workers),
    {
      name: `Kafka is stopped for ${kafkaMs / 1000} s`,
      lastsMs: kafkaMs,
      begin: ({ servers }) => servers.kafka.stop(),
      end: ({ servers }) => servers.kafka.start(),
    },
    replace('backend', ({ backends }) => backends),
    {
      name: `the network between backend-1 and Kafka is cut for ${cutMs / 1000} s`,
      lastsMs: cutMs,
      begin: ({ network }) => network?.pull(),
      end: ({ network }) => network?.plug(),
    },
    ...kills,
  ];
}

/** Rests between two of them; answers how many there were. */
export async function hurt(
  plant: Plant,
  minutes: number,
  chance: Chance,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  const until = Date.now() + minutes * 60_000;
  const deeds = deedsOf(minutes);
  const restMs = Math.max(3_000, (minutes * 60_000 - deeds.reduce((sum, deed) => sum + deed.lastsMs, 0)) / (deeds.length + 1));
  for (let round = 0; !signal.aborted; round += 1) {
    const deed = deeds[round] ?? chance.pick(kills);
    if (round >= deeds.length && Date.now() + restMs > until) break;
    await delay(restMs, undefined, { signal }).catch(nothing);
    if (signal.aborted) break;
    log(deed.name);
    await deed.begin(plant, chance);
    await delay(deed.lastsMs);
    await deed.end(plant);
    count += 1;
  }
  return count;
}
