/** Actions of tasks that die, are aborted, or take too long. */
import { type CallOptions, SerializationError, TaskTimeoutError, WorkerExitError } from "../../mod.ts";
import { type Check, either, fails, gives } from "./ledger.ts";
import { kind } from "./plan.ts";
import * as tasks from "./tasks.ts";
import { type Action, after, ENDLESS_MS, isAnswer, newId, randomWay, runner, type World } from "./world.ts";

/** The death of a worker while it ran the function. */
export function died(world: World, id: number, name: string, way: tasks.Way): Check {
  return fails((error) => {
    if (!(error instanceof WorkerExitError) || error.functionName !== name) return false;
    if (way === "exit" || way === "denoExit") return error.exitCode === 7;
    if (way === "close") return true;
    const { cause } = error as { cause?: Error };
    return cause instanceof RangeError && cause.message === `death ${tasks.answer(id)}`;
  }, () => world.ledger.counts.deaths++);
}

function die(world: World): void {
  const { random, ledger } = world;
  const [id, way] = [newId(random), randomWay(random)];
  const fn = random.chance(0.4) ? tasks.dieLater : tasks.die;
  ledger.track(`${fn.name} ${way}`, runner(world).run(fn, id, way), died(world, id, fn.name, way));
}

function retry(world: World): void {
  const { random, ledger } = world;
  const [id, way, index] = [newId(random), randomWay(random), ledger.nextRun()];
  const [deaths, retries] = [random.int(0, 3), random.int(0, 3)];
  const survives = retries >= deaths;
  const runs = survives ? deaths + 1 : retries + 1;
  ledger.allow("dieAtFirst", index, world.plan.options.maxQueue === undefined ? runs : 0, runs);
  const promise = runner(world, { retries }).run(tasks.dieAtFirst, id, ledger.runs, index, deaths, way);
  ledger.track(
    `dieAtFirst ${deaths} ${way}`,
    promise,
    survives ? gives(isAnswer(id)) : died(world, id, "dieAtFirst", way),
  );
}

/** An abort takes no longer, on whatever machine, in ms. */
const PROMPT_MS = 8000;

/** Aborts a call after some ms; once that has been said, nothing but the reason may come. */
function aborting(world: World, ms: number, body: (options: CallOptions) => Promise<unknown>, check: Check): void {
  const controller = new AbortController();
  const reason = { aborted: newId(world.random) };
  let late = false;
  let since = Infinity;
  world.needEventLoop++;
  after(ms, () => {
    world.needEventLoop--;
    controller.abort(reason);
    since = performance.now();
    after(0, () => late = true);
  });
  const aborted = fails((error) => error === reason, () => world.ledger.counts.aborts++);
  const promise = body({ signal: controller.signal });
  world.ledger.track(`abort after ${ms}`, promise, (outcome) => {
    if (outcome.ok && late) return "came after the abort";
    const delay = performance.now() - since;
    if (delay > PROMPT_MS) return `settled ${Math.round(delay)} ms after the abort`;
    return outcome.ok || outcome.error !== reason ? check(outcome) : aborted(outcome);
  });
}

function abortBefore(world: World): void {
  const { random, ledger } = world;
  const index = ledger.nextRun();
  const reason = new Error(`before ${newId(random)}`);
  ledger.allow("abortBefore", index, 0, 0);
  const promise = runner(world, { signal: AbortSignal.abort(reason) }).run(tasks.count, 1, ledger.runs, index);
  ledger.track("abortBefore", promise, fails((error) => error === reason, () => ledger.counts.aborts++));
}

/** At any time: while it waits, while it runs, when it is done. */
function abortAnywhen(world: World): void {
  const { random } = world;
  const [id, length] = [newId(random), random.int(0, 40)];
  const fn = random.pick([tasks.burn, tasks.nap]);
  aborting(world, random.int(0, 60), (options) => runner(world, options).run(fn, id, length), gives(isAnswer(id)));
}

/** Many tasks on one signal. */
function abortMany(world: World): void {
  const { random, ledger } = world;
  const controller = new AbortController();
  const reason = new Error(`many ${newId(random)}`);
  const run = runner(world, { signal: controller.signal });
  const aborted = fails((error) => error === reason, () => ledger.counts.aborts++);
  for (let left = random.int(2, 30); left > 0; left--) {
    const id = newId(random);
    ledger.track("abortMany", run.run(tasks.nap, id, random.int(0, 20)), either(gives(isAnswer(id)), aborted));
  }
  world.needEventLoop++;
  after(random.int(0, 50), () => {
    world.needEventLoop--;
    controller.abort(reason);
  });
}

function abortEndless(world: World): void {
  const { random } = world;
  const id = newId(random);
  const ms = random.int(0, 80);
  let fn: (id: number, ms: number) => unknown = random.pick([tasks.heed, tasks.heedLater, tasks.oversleep, tasks.spin]);
  if (fn === tasks.spin && kind === "deno") {
    // The thread is abandoned, and takes a core until its loop ends.
    if (performance.now() - world.lastAbandoned < 4000) fn = tasks.heed;
    else world.lastAbandoned = performance.now();
  }
  aborting(world, ms, (options) => runner(world, options).run(fn, id, ENDLESS_MS), () => `${fn.name} was not aborted`);
}

function timedOut(world: World, ms: number): Check {
  return fails(
    (error) => error instanceof TaskTimeoutError && error.timeout === ms,
    () => world.ledger.counts.timeouts++,
  );
}

function timeout(world: World): void {
  const { random, ledger } = world;
  const [id, ms] = [newId(random), random.int(1, 50)];
  const fn: (id: number, ms: number) => unknown = random.pick([
    tasks.spin,
    tasks.oversleep,
    tasks.heed,
    tasks.heedLater,
  ]);
  const promise = runner(world, { timeout: ms }).run(fn, id, ENDLESS_MS);
  ledger.track(`timeout of ${fn.name}`, promise, timedOut(world, ms));
}

/** The task ends about when its time is over. */
function timeoutRace(world: World): void {
  const { random, ledger } = world;
  const [id, ms] = [newId(random), random.int(1, 30)];
  const fn = random.pick([tasks.burn, tasks.nap]);
  const promise = runner(world, { timeout: ms }).run(fn, id, Math.max(0, ms + random.int(-2, 2)));
  ledger.track(`timeoutRace of ${fn.name}`, promise, either(gives(isAnswer(id)), timedOut(world, ms)));
}

/** Actions by name; all of these cost a worker, or some time. */
export const storm: Record<string, Action> = {
  die,
  retry,
  abortAnywhen,
  abortMany,
  abortEndless,
  timeout,
  timeoutRace,
};

/** Actions that fail cheaply. */
export const refusals: Record<string, Action> = {
  abortBefore,
  unsendable: (world) => {
    const promise = runner(world).run(tasks.unsendable, newId(world.random));
    world.ledger.track("unsendable", promise, fails((error) => error instanceof SerializationError));
  },
};
