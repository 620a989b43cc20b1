/** Issues actions in an order that the seed alone decides, and waits for what they have begun. */
import { calm } from "./calm.ts";
import { control } from "./control.ts";
import { textOf } from "./ledger.ts";
import type { Request } from "./plan.ts";
import { refusals, storm } from "./storm.ts";
import type { Action, World } from "./world.ts";

/** How likely actions are. Those that cost a worker are rare, or little else would happen. */
const weights: Record<string, number> = {
  quick: 100,
  burn: 25,
  nap: 25,
  closure: 6,
  visit: 10,
  module: 6,
  flip: 40,
  echo: 40,
  make: 15,
  shared: 10,
  move: 10,
  count: 20,
  raise: 15,
  abortBefore: 2,
  unsendable: 1,
  die: 4,
  retry: 2,
  abortAnywhen: 3,
  abortMany: 1,
  abortEndless: 3,
  timeout: 4,
  timeoutRace: 3,
  batch: 4,
  batchTimeout: 1,
  broadcast: 1,
  sync: 2,
  resize: 2,
  ready: 1,
};

const actions: Record<string, Action> = { ...calm, ...refusals, ...storm, ...control };

/** Nothing has settled for so many ms: it hangs. */
const STALLED_MS = 45_000;

const turn = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until at most `count` promises are open; false if nothing moves any more. */
export async function settleDown({ ledger }: World, count: number): Promise<boolean> {
  let pause = 0;
  let [quiet, seen, looked] = [0, ledger.lastSettled, performance.now()];
  while (ledger.open.size > count) {
    const now = performance.now();
    // At most a second a turn, as the whole process may have been stopped for a while.
    quiet = seen === ledger.lastSettled ? quiet + Math.min(1000, now - looked) : 0;
    [seen, looked] = [ledger.lastSettled, now];
    if (quiet > STALLED_MS) return false;
    await turn(pause);
    pause = Math.min(10, pause + 1);
  }
  return true;
}

/** Names of the actions of a run. */
function chosen({ only, without }: Request): Record<string, number> {
  for (const name of [...only, ...without]) {
    if (!(name in actions)) {
      throw new RangeError(`Cannot find action: expected ${Object.keys(actions)}: received ${name}`);
    }
  }
  const names = Object.keys(weights).filter((name) =>
    (only.length === 0 || only.includes(name)) && !without.includes(name)
  );
  return Object.fromEntries(names.map((name) => [name, weights[name]!]));
}

/** Issues actions for some seconds; false if the pool hangs. */
export async function drive(world: World, request: Request): Promise<boolean> {
  const { random, ledger } = world;
  const end = performance.now() + request.seconds * 1000;
  const mix = chosen(request);
  const quiet = Object.fromEntries(Object.entries(mix).filter(([name]) => !(name in storm)));
  while (performance.now() < end) {
    // A burst of some size; some are without storms, so that many short tasks are under way.
    const size = random.pick([1, 10, 50, 300]);
    const weights = random.chance(0.3) && Object.keys(quiet).length > 0 ? quiet : mix;
    const rest = random.pick([0, 0, 5, 100]);
    const mostStorms = random.int(1, 4);
    for (let i = 0; i < size && performance.now() < end; i++) {
      const name = random.weighed(weights);
      if (name in storm && ledger.open.size > 0 && i % mostStorms === 0) {
        if (!await settleDown(world, Math.max(mostStorms * 4, rest))) return false;
      }
      try {
        actions[name]!(world);
      } catch (error) {
        ledger.complain(name, `threw ${textOf(error)}`);
      }
      if (random.chance(0.1)) await turn(random.int(0, 2));
    }
    if (!await settleDown(world, rest)) return false;
  }
  return await settleDown(world, 0);
}
