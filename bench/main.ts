/** `npm run bench -- [numbers…] [--real] [--gateway] [--quick]`: runs scenarios, prints their figures, keeps them in bench/results. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { watchDisturbance } from './disturbance.ts';
import { round } from './figures.ts';
import { describeMachine, type Machine } from './machine.ts';
import type { Outcome, Scenario, Variant } from './scenario.ts';

const folder = import.meta.dirname;

/** What measures must not stop for its own garbage: a camera's frames that it had sent made it pause for 7 to 14 ms every third second. */
function tuneMemory(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  setFlagsFromString('--heap-growing-percent=400');
}

async function main(): Promise<void> {
  tuneMemory();
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: flag, real: flag, gateway: flag } });
  const variants = (['real', 'gateway'] as const).filter((name) => values[name]);
  const scenarios = choose(await loadScenarios(), positionals, variants);
  let isMet = true;
  for (const scenario of scenarios) isMet = (await runOne(scenario, values.quick, variants)) && isMet;
  process.exitCode = isMet ? 0 : 1;
}

/** What an idle system does by itself. */
const quietCores = 0.15;

async function runOne(scenario: Scenario, isQuick: boolean, variants: readonly Variant[]): Promise<boolean> {
  const machine = describeMachine();
  const disturbance = watchDisturbance();
  console.log(`\n${[scenario.number, ...variants].join('-')} ${scenario.name}\n  goal: ${scenario.goal}`);
  const outcome = await scenario.run({ isQuick, variants: new Set(variants), log: (line) => console.log(`  ${line}`) });
  print(outcome);
  const otherCores = round(disturbance.otherCores());
  if (otherCores > quietCores) console.log(`  NOTE: others kept ${otherCores} cores busy meanwhile; times and rates are no results`);
  if (!isQuick) await keep(scenario, variants, { ...machine, other_cores: otherCores }, outcome);
  return outcome.isMet;
}

async function loadScenarios(): Promise<readonly Scenario[]> {
  const files = (await readdir(join(folder, 'scenarios'))).filter((name) => /^\d{2}-.*\.ts$/.test(name)).sort();
  const modules = await Promise.all(files.map((name) => import(`./scenarios/${name}`) as Promise<{ scenario: Scenario }>));
  return modules.map((module) => module.scenario);
}

/** Without numbers all that can run so. */
function choose(all: readonly Scenario[], numbers: readonly string[], variants: readonly Variant[]): readonly Scenario[] {
  const fits = (scenario: Scenario) => variants.every((variant) => scenario.variants?.includes(variant));
  const scenarios = all.filter((scenario) => fits(scenario) && (scenario.isRealOnly !== true || variants.includes('real')));
  if (numbers.length === 0) return scenarios;
  return numbers.map((text) => {
    const found = scenarios.find((scenario) => scenario.number === Number(text));
    if (found === undefined) {
      throw new Error(
        `There is no scenario ${[text, ...variants].join('-')}; there are ${scenarios.map(({ number, name }) => `${number} (${name})`).join(', ')}`,
      );
    }
    return found;
  });
}

function print(outcome: Outcome): void {
  console.log('  subject ', outcome.subject);
  if (outcome.baseline !== undefined) console.log('  baseline', outcome.baseline);
  console.log('  ratios  ', outcome.ratios);
  for (const note of outcome.notes ?? []) console.log(`  note: ${note}`);
  console.log(outcome.isMet ? '  goal met' : '  GOAL NOT MET');
}

async function keep(
  scenario: Scenario,
  variants: readonly Variant[],
  machine: Machine & { readonly other_cores: number },
  outcome: Outcome,
): Promise<void> {
  const { number, name, goal } = scenario;
  await mkdir(join(folder, 'results'), { recursive: true });
  const file = `${[machine.date.slice(0, 10), String(number).padStart(2, '0'), ...variants].join('-')}.json`;
  await writeFile(join(folder, 'results', file), `${JSON.stringify({ number, name, goal, variants, machine, ...outcome }, null, 2)}\n`);
  console.log(`  kept in bench/results/${file}`);
}

await main();
